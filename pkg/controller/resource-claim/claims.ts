/** Takes devices back from pods that are done with them, and removes claims that were made for such pods. */
import { resources } from "#api/gen/resources.ts";
import type { ResourceClaim, ResourceClaimConsumerReference } from "#api/types/resource.k8s.io/v1";
import { finalizer } from "#pkg/apimachinery/devices/pod-claims.ts";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { hasFinalizer, removeFinalizer } from "../framework/finalizers.ts";
import { isDone, podOf } from "./plan.ts";

type Claim = Readonly<ResourceClaim>;

export async function reconcileClaim(context: ControllerContext, key: string, signal: AbortSignal): Promise<Outcome> {
  const claim = context.informers.informer(resources.resourceclaims).get(key);
  if (!claim) return done;
  const consumers = claim.status?.reservedFor ?? [];
  const kept: ResourceClaimConsumerReference[] = [];
  for (const consumer of consumers) if (await isInUse(context, claim, consumer, signal)) kept.push(consumer);
  try {
    if (kept.length < consumers.length) await release(context, claim, kept, signal);
    else if (kept.length === 0 && claim.metadata.deletionTimestamp && hasFinalizer(claim, finalizer)) {
      await release(context, claim, [], signal);
    }
    if (kept.length === 0) await removeIfOrphaned(context, claim, signal);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}

/** A pod that the cache does not know may be new: it is asked for. Throws an Error for consumers of another kind. */
async function isInUse(
  { client, informers }: ControllerContext,
  { metadata }: Claim,
  consumer: ResourceClaimConsumerReference,
  signal: AbortSignal,
): Promise<boolean> {
  const { apiGroup = "", resource, name, uid } = consumer;
  if (apiGroup !== "" || resource !== "pods") {
    throw new Error(`unsupported ReservedFor entry: ${JSON.stringify(consumer)}`);
  }
  const { namespace = "" } = metadata;
  const cached = informers.informer(resources.pods).get(`${namespace}/${name}`);
  if (cached) return cached.metadata.uid === uid && !isDone(cached);
  try {
    return (await client.pods.get({ namespace, name }, { signal })).metadata.uid === uid;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** With the last user the allocation goes, if it was the scheduler's to make, and with that what protects the claim. */
async function release(
  { client }: ControllerContext,
  claim: Claim,
  kept: readonly ResourceClaimConsumerReference[],
  signal: AbortSignal,
): Promise<void> {
  const isOurs = hasFinalizer(claim, finalizer);
  const { allocation, reservedFor: _, ...rest } = claim.status ?? {};
  const status = {
    ...rest,
    ...(allocation && !(isOurs && kept.length === 0) ? { allocation } : {}),
    ...(kept.length > 0 ? { reservedFor: [...kept] } : {}),
  };
  const updated = await client.resourceclaims.updateStatus({ ...claim, status }, { signal });
  if (isOurs && !updated.status?.allocation) await removeFinalizer(client.resourceclaims, updated, finalizer, signal);
}

/** The garbage collector takes those whose pod is gone; a pod that is done may stay for long. */
async function removeIfOrphaned(
  { client, informers }: ControllerContext,
  claim: Claim,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "", name = "", uid = "", deletionTimestamp } = claim.metadata;
  const owner = podOf(claim);
  const pod = owner && informers.informer(resources.pods).get(`${namespace}/${owner.name}`);
  if (!pod || deletionTimestamp || (pod.metadata.uid === owner.uid && !isDone(pod))) return;
  await client.resourceclaims.delete({ namespace, name }, { signal, body: { preconditions: { uid } } });
}
