/**
 * Counts what the quotas of a namespace are about. The API server charges each request as it lets it in; this gives back
 * what ended, was deleted, or was charged and never written.
 */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { ResourceQuota } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import {
  type Amounts,
  add,
  type Counted,
  concerns,
  countName,
  countOf,
  parseAmounts,
  printAmounts,
  resourcesIn,
  usageOf,
} from "#pkg/apimachinery/quota/index.ts";
import { done, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { onChange } from "../framework/wiring.ts";

/** A request that was charged may still be on its way to storage: let it arrive before counting. */
const settleMs = 500;
/** How often everything is counted that no watch tells of. */
const recountMs = 10_000;
const fullRecountMs = 300_000;

/** What the manager watches anyway, and whose amounts are more than a count. */
const measured = {
  "pods.": resources.pods,
  "services.": resources.services,
  "persistentvolumeclaims.": resources.persistentvolumeclaims,
  "resourceclaims.resource.k8s.io": resources.resourceclaims,
} as const;
const watched = {
  ...measured,
  "replicationcontrollers.": resources.replicationcontrollers,
  "replicasets.apps": resources.replicasets,
  "deployments.apps": resources.deployments,
  "statefulsets.apps": resources.statefulsets,
  "jobs.batch": resources.jobs,
  "cronjobs.batch": resources.cronjobs,
} as const;

export const resourcequota: Controller = {
  name: "resourcequota-controller",
  build(context) {
    const queue = context.queue("resourcequota");
    const quotas = context.informers.informer(resources.resourcequotas);
    const changedAt = new Map<string, number>();
    onChange(quotas, (quota, old) => {
      const key = keyOf(quota);
      changedAt.set(key, context.clock.now());
      if (!old || !sameJson(quota.spec, old.spec) || !sameJson(quota.spec?.hard, quota.status?.hard)) queue.add(key);
    });
    quotas.addHandler({ deleted: (quota) => changedAt.delete(keyOf(quota)) });
    const wake = (namespace = "") => {
      for (const quota of quotas.list(namespace)) queue.addAfter(keyOf(quota), settleMs);
    };
    for (const [name, ref] of Object.entries(watched)) {
      const informer = context.informers.informer(ref as ResourceRef<KubeObject>);
      const isMeasured = Object.hasOwn(measured, name);
      informer.addHandler({
        deleted: ({ metadata }) => wake(metadata.namespace),
        updated: (object, old) => {
          const concerned = isMeasured ? [...quotas.list(object.metadata.namespace ?? "")] : [];
          if (concerned.length > 0 && countsOtherwise(concerned, ref, { object, old, now: context.clock.now() })) {
            wake(object.metadata.namespace);
          }
        },
      });
    }
    return { loops: [{ queue, workers: 2, reconcile: (key, signal) => reconcile(context, changedAt, key, signal) }] };
  },
};

interface Change {
  readonly object: Readonly<KubeObject>;
  readonly old: Readonly<KubeObject>;
  readonly now: number;
}

/** Whether an update changes what an object counts for, or in which of the quotas. */
function countsOtherwise(quotas: readonly ResourceQuota[], counted: Counted, { object, old, now }: Change): boolean {
  const amounts = (one: Readonly<KubeObject>) => printAmounts(usageOf(counted, one, now));
  return (
    !sameJson(amounts(object), amounts(old)) ||
    quotas.some((quota) => concerns(quota, counted, object) !== concerns(quota, counted, old))
  );
}

async function reconcile(
  context: ControllerContext,
  changedAt: ReadonlyMap<string, number>,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const quota = context.informers.informer(resources.resourcequotas).get(key);
  if (!quota) return done;
  const isNew = !sameJson(quota.spec?.hard ?? {}, quota.status?.hard ?? {});
  const restMs = (changedAt.get(key) ?? 0) + settleMs - context.clock.now();
  if (!isNew && restMs > 0) return { requeueAfterMs: restMs };
  const hard = quota.spec?.hard ?? {};
  const counted = resourcesIn(hard);
  let used: Amounts = new Map(Object.keys(hard).map((name) => [name, countOf(0)]));
  for (const resource of counted) used = add(used, await measure(context, quota, resource, signal));
  const names = new Set(Object.keys(hard));
  const status = { hard, used: printAmounts(new Map([...used].filter(([name]) => names.has(name)))) };
  try {
    if (!isSame(status, quota.status)) {
      await context.client.resourcequotas.updateStatus({ ...quota, status } as ResourceQuota, { signal });
    }
  } catch (error) {
    if (isConflict(error)) return { requeueAfterMs: settleMs };
    if (!isNotFound(error)) throw error;
  }
  const isWatched = counted.every(({ group, plural }) => Object.hasOwn(watched, `${plural}.${group}`));
  return { requeueAfterMs: isWatched ? fullRecountMs : recountMs };
}

function isSame(status: NonNullable<ResourceQuota["status"]>, old: ResourceQuota["status"]): boolean {
  if (!sameJson(status.hard, old?.hard)) return false;
  const [now, before] = [parseAmounts(status.used), parseAmounts(old?.used)];
  return now.size === before.size && [...now].every(([name, amount]) => before.get(name)?.equals(amount) ?? false);
}

/** Amounts need the objects; a plain count needs only how many there are. */
async function measure(
  { client, clock }: ControllerContext,
  quota: Readonly<ResourceQuota>,
  resource: Counted,
  signal: AbortSignal,
): Promise<Amounts> {
  const { namespace = "" } = quota.metadata;
  const name = `${resource.plural}.${resource.group}`;
  if (Object.hasOwn(measured, name)) {
    const ref = measured[name as keyof typeof measured] as ResourceRef<KubeObject>;
    const { items } = await client.resource(ref).list({ namespace, signal });
    const concerned = items.filter((object) => concerns(quota, resource, object));
    return concerned.reduce<Amounts>((sum, object) => add(sum, usageOf(resource, object, clock.now())), new Map());
  }
  const ref = refOf(resource);
  if (!ref) return new Map();
  const { items, metadata } = await client.resource(ref, { metadataOnly: true }).list({ namespace, limit: 1, signal });
  const count = countOf((items ?? []).length + Number(metadata.remainingItemCount ?? 0));
  return new Map([[countName(resource), count], ...(resource.group === "" ? [[resource.plural, count] as const] : [])]);
}

const refOf = ({ group, plural }: Counted): ResourceRef<KubeObject> | undefined =>
  (Object.values(resources) as ResourceRef<KubeObject>[]).find((ref) => ref.group === group && ref.plural === plural);
