/** Makes the volumes of claims. Events are those of upstream's external provisioners. */
import { resources } from "#api/gen/resources.ts";
import type { Node, PersistentVolumeClaim } from "#api/types/core/v1";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import { done, type EventRecorder, isAlreadyExists, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { ensureDirectory } from "./directories.ts";
import { buildVolume, isDue, provisionerName, volumeNameOf, whyNot } from "./plan.ts";

type Claim = Readonly<PersistentVolumeClaim>;

export class Provisioner {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;
  readonly #directory: string;

  constructor(context: ControllerContext, directory: string) {
    this.#context = context;
    this.#recorder = context.recorder(provisionerName);
    this.#directory = directory;
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const { informers } = this.#context;
    const claim = informers.informer(resources.persistentvolumeclaims).get(key);
    const storageClass = claim && informers.informer(resources.storageclasses).get(classOf(claim));
    if (!claim || !storageClass || !isDue(claim, storageClass)) return done;
    // It is made; or on its way out: the claim comes again when it is gone.
    if (informers.informer(resources.persistentvolumes).get(volumeNameOf(claim))) return done;
    this.#recorder.normal(claim, "Provisioning", `External provisioner is provisioning volume for claim "${key}"`);
    const refusal = whyNot(claim, storageClass);
    if (refusal !== undefined) return this.#fail(claim, storageClass, refusal);
    const node = await this.#nodeOf(claim, signal);
    if (!node) await this.#sendBack(claim, signal);
    else await this.#make(claim, storageClass, node, signal);
    return done;
  }

  #fail(claim: Claim, { metadata }: Readonly<StorageClass>, why: string): Outcome {
    const text = `failed to provision volume with StorageClass ${JSON.stringify(metadata.name)}: ${why}`;
    this.#recorder.warning(claim, "ProvisioningFailed", text);
    return done;
  }

  /** Undefined when it is gone. */
  async #nodeOf({ metadata }: Claim, signal: AbortSignal): Promise<Readonly<Node> | undefined> {
    const { client, informers } = this.#context;
    const name = metadata.annotations?.[selectedNode] ?? "";
    const cached = informers.informer(resources.nodes).get(name);
    if (cached) return cached;
    return client.nodes.get({ name }, { signal }).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** The directory first: a pod may want it as soon as the volume is there. */
  async #make(claim: Claim, storageClass: Readonly<StorageClass>, node: Readonly<Node>, signal: AbortSignal) {
    const name = volumeNameOf(claim);
    try {
      const path = await ensureDirectory(this.#directory, name);
      const volume = buildVolume({ claim, storageClass, nodeLabels: node.metadata.labels ?? {}, path });
      await this.#context.client.persistentvolumes.create(volume, { signal });
    } catch (error) {
      if (isAlreadyExists(error)) return;
      if (!signal.aborted) this.#fail(claim, storageClass, (error as Error).message);
      throw error;
    }
    this.#recorder.normal(claim, "ProvisioningSucceeded", `Successfully provisioned volume ${name}`);
  }

  /** Takes the choice back, so that the scheduler makes another one. */
  async #sendBack(claim: Claim, signal: AbortSignal): Promise<void> {
    const { [selectedNode]: gone, ...annotations } = claim.metadata.annotations ?? {};
    this.#recorder.warning(claim, "ProvisioningFailed", `nodes ${JSON.stringify(gone)} not found`);
    const metadata = { ...claim.metadata, annotations };
    await this.#context.client.persistentvolumeclaims.update({ ...claim, metadata }, { signal });
  }
}
