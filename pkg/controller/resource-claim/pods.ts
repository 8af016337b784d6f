/** Gives a pod the claims that its templates promise, and enters it as a user of those that are allocated. */
import { resources } from "#api/gen/resources.ts";
import type { Pod, PodResourceClaim } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { claimNameOf, consumerOf, whyNotOwn } from "#pkg/apimachinery/devices/pod-claims.ts";
import { done, type Informer, isNamespaceTerminating, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { isControlledBy } from "../framework/owners.ts";
import { claimFromTemplate, mayReserve, podClaimAnnotation, podOf } from "./plan.ts";

const fieldManager = "ResourceClaimController";

/** Index of claims by the uid of the pod that they were made for. */
export const byPod = "pod";
export const podIndex = (claim: Readonly<ResourceClaim>): readonly string[] => {
  const pod = podOf(claim);
  return pod ? [pod.uid] : [];
};

export class PodClaims {
  readonly #context: ControllerContext;
  readonly #pods: Informer<Pod>;
  readonly #claims: Informer<ResourceClaim>;
  /** By the uid of the pod. */
  readonly #own: OwnWrites<ResourceClaim>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#pods = context.informers.informer(resources.pods);
    this.#claims = context.informers.informer(resources.resourceclaims);
    this.#own = new OwnWrites(this.#claims);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const pod = this.#pods.get(key);
    if (!pod || pod.metadata.deletionTimestamp) return done;
    const made = new Map<string, string>();
    for (const claim of pod.spec.resourceClaims ?? []) {
      try {
        const name = await this.#ensure(pod, claim, signal);
        if (name !== undefined) made.set(claim.name, name);
      } catch (error) {
        if (isNamespaceTerminating(error)) return done;
        if (!signal.aborted) {
          const text = `PodResourceClaim ${claim.name}: ${(error as Error).message}`;
          this.#context.recorder("resource_claim").warning(pod, "FailedResourceClaimCreation", text);
        }
        throw error;
      }
    }
    if (made.size > 0) await this.#tell(pod, made, signal);
    else if (pod.spec.nodeName) await this.#reserve(pod, signal);
    return done;
  }

  /** The name of a claim that was made now or before and that the pod does not know yet. */
  async #ensure(pod: Readonly<Pod>, claim: PodResourceClaim, signal: AbortSignal): Promise<string | undefined> {
    const where = claimNameOf(pod, claim);
    if (where.kind === "none" || claim.resourceClaimTemplateName === undefined) return undefined;
    const { namespace = "", uid = "" } = pod.metadata;
    const known = where.kind === "named" ? this.#claims.get(`${namespace}/${where.name}`) : undefined;
    if (known && isControlledBy(known, pod)) return undefined;
    const now = this.#context.clock.now();
    const own = this.#own.view(uid, this.#claims.byIndex(byPod, uid), now);
    const found = own.find(({ metadata }) => metadata.annotations?.[podClaimAnnotation] === claim.name);
    if (found) return found.metadata.name;
    const templateName = claim.resourceClaimTemplateName;
    const templates = this.#context.informers.informer(resources.resourceclaimtemplates);
    const template = templates.get(`${namespace}/${templateName}`);
    if (!template) {
      const why = `resourceclaimtemplate.resource.k8s.io ${JSON.stringify(templateName)} not found`;
      throw new Error(`resource claim template ${JSON.stringify(templateName)}: ${why}`);
    }
    const created = await this.#create(claimFromTemplate(template, pod, claim.name), signal);
    this.#own.created(uid, created);
    return created.metadata.name;
  }

  async #create(claim: ResourceClaim, signal: AbortSignal): Promise<ResourceClaim> {
    try {
      return await this.#context.client.resourceclaims.create(claim, { signal });
    } catch (error) {
      if (isNamespaceTerminating(error)) throw error;
      throw new Error(`create ResourceClaim : ${(error as Error).message}`, { cause: error });
    }
  }

  /** Everything that this controller ever said: what it leaves out of an applied list goes. */
  async #tell(pod: Readonly<Pod>, made: ReadonlyMap<string, string>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    const before = (pod.status?.resourceClaimStatuses ?? []).filter((each) => !made.has(each.name));
    const now = [...made].map(([claim, resourceClaimName]) => ({ name: claim, resourceClaimName }));
    const applied = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name, namespace, uid },
      status: { resourceClaimStatuses: [...before, ...now] },
    };
    const options = { type: "apply", subresource: "status", fieldManager, force: true, signal } as const;
    try {
      await this.#context.client.pods.patch({ namespace, name }, applied, options);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** For pods that came to their node without the scheduler, which does this for all others. */
  async #reserve(pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    for (const podClaim of pod.spec.resourceClaims ?? []) {
      const where = claimNameOf(pod, podClaim);
      const claim = where.kind === "named" ? this.#claims.get(`${pod.metadata.namespace}/${where.name}`) : undefined;
      if (!claim || where.kind !== "named" || !mayReserve(claim, pod)) continue;
      const wrong = where.isOwn ? whyNotOwn(claim, pod) : undefined;
      if (wrong) throw new Error(wrong);
      const reservedFor = [...(claim.status?.reservedFor ?? []), consumerOf(pod)];
      const status = { ...claim.status, reservedFor };
      await this.#context.client.resourceclaims.updateStatus({ ...claim, status }, { signal });
    }
  }
}
