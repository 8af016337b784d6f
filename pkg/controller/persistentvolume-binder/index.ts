/**
 * Binds claims to volumes, tells when there is none, and looks after volumes whose claim is gone. Volumes are made by
 * provisioners outside of this program, which watch for the annotation that names them.
 */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { done, type EventRecorder, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { enqueueSelf, onChange } from "../framework/wiring.ts";
import { classOf, isFor, volumeFor } from "./plan.ts";

const bindCompleted = "pv.kubernetes.io/bind-completed";
const boundByController = "pv.kubernetes.io/bound-by-controller";
const provisionerKeys = ["volume.beta.kubernetes.io/storage-provisioner", "volume.kubernetes.io/storage-provisioner"];
const selectedNode = "volume.kubernetes.io/selected-node";
const againMs = 15_000;
const conflictMs = 250;

export const persistentVolumeBinder: Controller = {
  name: "persistentvolume-binder-controller",
  build(context) {
    const claims = context.informers.informer(resources.persistentvolumeclaims);
    const volumes = context.informers.informer(resources.persistentvolumes);
    context.informers.informer(resources.storageclasses);
    const claimQueue = context.queue("claims");
    const volumeQueue = context.queue("volumes");
    enqueueSelf(claims, claimQueue);
    enqueueSelf(volumes, volumeQueue);
    onChange(claims, ({ spec }) => {
      if (spec?.volumeName) volumeQueue.add(spec.volumeName);
    });
    onChange(volumes, ({ spec }) => {
      const { namespace, name } = spec?.claimRef ?? {};
      if (name) claimQueue.add(`${namespace}/${name}`);
      else for (const claim of claims.list()) if (claim.status?.phase !== "Bound") claimQueue.add(keyOf(claim));
    });
    const binder = new Binder(context);
    return {
      loops: [
        // One worker: two claims must not take the same volume.
        { queue: claimQueue, workers: 1, reconcile: (key, signal) => binder.claim(key, signal) },
        { queue: volumeQueue, workers: 1, reconcile: (key, signal) => binder.volume(key, signal) },
      ],
    };
  },
};

class Binder {
  readonly #context: ControllerContext;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#recorder = context.recorder("persistentvolume-controller");
  }

  async claim(key: string, signal: AbortSignal): Promise<Outcome> {
    const { informers } = this.#context;
    const claim = informers.informer(resources.persistentvolumeclaims).get(key);
    if (!claim || claim.metadata.deletionTimestamp) return done;
    try {
      return claim.spec?.volumeName ? await this.#settle(claim, signal) : await this.#find(claim, signal);
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: conflictMs };
      if (isNotFound(error)) return done;
      throw error;
    }
  }

  /** A claim that names its volume: bound when the volume names it too. */
  async #settle(claim: Readonly<PersistentVolumeClaim>, signal: AbortSignal): Promise<Outcome> {
    const volume = this.#context.informers.informer(resources.persistentvolumes).get(claim.spec?.volumeName ?? "");
    if (!volume) {
      if (claim.metadata.annotations?.[bindCompleted]) await this.#phase(claim, "Lost", undefined, signal);
      return done;
    }
    if (volume.spec?.claimRef && !isFor(volume, claim)) {
      if (claim.metadata.annotations?.[bindCompleted]) await this.#phase(claim, "Lost", undefined, signal);
      return done;
    }
    await this.#bind(claim, volume, signal);
    return done;
  }

  async #find(claim: Readonly<PersistentVolumeClaim>, signal: AbortSignal): Promise<Outcome> {
    const { informers } = this.#context;
    const volumes = [...informers.informer(resources.persistentvolumes).list()];
    const className = classOf(claim);
    const storageClass = className ? informers.informer(resources.storageclasses).get(className) : undefined;
    const reserved = volumes.some((volume) => volume.spec?.claimRef && isFor(volume, claim));
    if (
      storageClass?.volumeBindingMode === "WaitForFirstConsumer" &&
      !reserved &&
      !claim.metadata.annotations?.[selectedNode]
    ) {
      await this.#phase(claim, "Pending", undefined, signal);
      this.#recorder.normal(claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
      return { requeueAfterMs: againMs };
    }
    const volume = volumeFor(claim, volumes);
    if (volume) {
      await this.#bind(claim, volume, signal);
      return done;
    }
    await this.#phase(claim, "Pending", undefined, signal);
    const provisioner = storageClass?.provisioner;
    if (provisioner && provisioner !== "kubernetes.io/no-provisioner") await this.#ask(claim, provisioner, signal);
    else {
      const text =
        className && !storageClass
          ? `storageclass.storage.k8s.io ${JSON.stringify(className)} not found`
          : "no persistent volumes available for this claim and no storage class is set";
      if (className && !storageClass) this.#recorder.warning(claim, "ProvisioningFailed", text);
      else this.#recorder.normal(claim, "FailedBinding", text);
    }
    return { requeueAfterMs: againMs };
  }

  async #ask(claim: Readonly<PersistentVolumeClaim>, provisioner: string, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", annotations = {} } = claim.metadata;
    const wanted = Object.fromEntries(provisionerKeys.map((key) => [key, provisioner]));
    if (provisionerKeys.some((key) => annotations[key] !== provisioner)) {
      const patch = { metadata: { annotations: wanted } };
      await this.#context.client.persistentvolumeclaims.patch({ namespace, name }, patch, { type: "merge", signal });
    }
    const text = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    this.#recorder.normal(claim, "ExternalProvisioning", text);
  }

  /** The volume first: it is what two claims could want. */
  async #bind(
    claim: Readonly<PersistentVolumeClaim>,
    found: Readonly<PersistentVolume>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client } = this.#context;
    const { namespace = "", name = "", uid = "", resourceVersion = "" } = claim.metadata;
    let volume: Readonly<PersistentVolume> = found;
    if (volume.spec?.claimRef?.uid !== uid) {
      const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid, resourceVersion };
      const byUs = volume.spec?.claimRef ? {} : { [boundByController]: "yes" };
      const annotations = { ...volume.metadata.annotations, ...byUs };
      volume = await client.persistentvolumes.update(
        { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } },
        { signal },
      );
    }
    if (volume.status?.phase !== "Bound") {
      volume = await client.persistentvolumes.updateStatus(
        { ...volume, status: { ...volume.status, phase: "Bound" } },
        { signal },
      );
    }
    const volumeName = volume.metadata.name ?? "";
    let bound: Readonly<PersistentVolumeClaim> = claim;
    if (claim.spec?.volumeName !== volumeName || !claim.metadata.annotations?.[bindCompleted]) {
      const byUs = claim.spec?.volumeName ? {} : { [boundByController]: "yes" };
      const annotations = { ...claim.metadata.annotations, ...byUs, [bindCompleted]: "yes" };
      bound = await client.persistentvolumeclaims.update(
        { ...claim, metadata: { ...claim.metadata, annotations }, spec: { ...claim.spec, volumeName } },
        { signal },
      );
    }
    await this.#phase(bound, "Bound", volume, signal);
  }

  async #phase(
    claim: Readonly<PersistentVolumeClaim>,
    phase: "Bound" | "Lost" | "Pending",
    volume: Readonly<PersistentVolume> | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    if (claim.status?.phase === phase && (phase !== "Bound" || claim.status.capacity)) return;
    const { accessModes, capacity } = volume?.spec ?? {};
    const storage = capacity?.["storage"];
    const status = {
      ...claim.status,
      phase,
      ...(accessModes ? { accessModes } : {}),
      ...(storage === undefined ? {} : { capacity: { storage } }),
    };
    await this.#context.client.persistentvolumeclaims.updateStatus({ ...claim, status }, { signal });
  }

  async volume(name: string, signal: AbortSignal): Promise<Outcome> {
    const { informers, client } = this.#context;
    const volume = informers.informer(resources.persistentvolumes).get(name);
    // One that is being deleted, too: it may go only when it is seen to be released.
    if (!volume) return done;
    try {
      const phase = await this.#phaseOf(volume, signal);
      if (phase && phase !== volume.status?.phase) {
        await client.persistentvolumes.updateStatus({ ...volume, status: { ...volume.status, phase } }, { signal });
      }
      return done;
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: conflictMs };
      if (isNotFound(error)) return done;
      throw error;
    }
  }

  async #phaseOf(
    volume: Readonly<PersistentVolume>,
    signal: AbortSignal,
  ): Promise<"Available" | "Bound" | "Released" | undefined> {
    const { claimRef } = volume.spec ?? {};
    if (!claimRef) return "Available";
    if (!claimRef.uid) return "Available";
    const { namespace = "", name = "", uid } = claimRef;
    const cached = this.#context.informers.informer(resources.persistentvolumeclaims).get(`${namespace}/${name}`);
    if (cached?.metadata.uid === uid) return cached?.spec?.volumeName === volume.metadata.name ? "Bound" : undefined;
    try {
      const claim = await this.#context.client.persistentvolumeclaims.get({ namespace, name }, { signal });
      if (claim.metadata.uid === uid) return undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return "Released";
  }
}
