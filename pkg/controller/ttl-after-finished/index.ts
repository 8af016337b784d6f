/** Deletes Jobs some time after they finished, when they say so. */
import { resources } from "#api/gen/resources.ts";
import type { Job } from "#api/types/batch/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { conditionOf } from "../framework/conditions.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { onChange } from "../framework/wiring.ts";

/** When a Job is due, in ms since the epoch; undefined while it runs, or when it wants to stay. */
export function expiryOf({ spec, status }: Readonly<Job>): number | undefined {
  if (spec.ttlSecondsAfterFinished === undefined) return undefined;
  const finished = ["Complete", "Failed"]
    .map((type) => conditionOf(status?.conditions, type))
    .find((condition) => condition?.status === "True");
  if (!finished?.lastTransitionTime) return undefined;
  return Date.parse(finished.lastTransitionTime) + spec.ttlSecondsAfterFinished * 1000;
}

export const ttlAfterFinished: Controller = {
  name: "ttl-after-finished-controller",
  build(context) {
    const queue = context.queue("ttl_jobs_to_delete");
    const jobs = context.informers.informer(resources.jobs);
    onChange(jobs, (job) => {
      if (!job.metadata.deletionTimestamp && expiryOf(job) !== undefined) queue.add(keyOf(job));
    });
    return { loops: [{ queue, workers: 2, reconcile: (key, signal) => reconcile(context, key, signal) }] };
  },
};

async function reconcile(
  { client, clock, informers }: ControllerContext,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const cached = informers.informer(resources.jobs).get(key);
  if (!cached || cached.metadata.deletionTimestamp) return done;
  const due = expiryOf(cached);
  if (due === undefined) return done;
  const waitMs = due - clock.now();
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  const { namespace = "", name = "", uid = "" } = cached.metadata;
  try {
    // The cache may be old, and a time to live may have been made longer since.
    const fresh = await client.jobs.get({ namespace, name }, { signal });
    const stillDue = fresh.metadata.uid === uid ? expiryOf(fresh) : undefined;
    if (stillDue === undefined || stillDue > clock.now()) return done;
    const body = { propagationPolicy: "Foreground" as const, preconditions: { uid } };
    await client.jobs.delete({ namespace, name }, { signal, body });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}
