/** Workers on a queue. The queue alone owns retries: a reconcile that throws comes again with backoff. */

import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { WorkQueue } from "./work-queue.ts";

/** Nothing left to do for this key until something changes. */
export const done = "done";
export type Outcome = typeof done | { readonly requeueAfterMs: number };
export type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome>;

export interface WorkersOptions {
  readonly queue: WorkQueue;
  readonly workers: number;
  readonly reconcile: Reconcile;
  readonly log: Logger;
  /** Gives up on a key after so many failures in a row; absent: never. */
  readonly retriesMax?: number;
}

/** Runs until the signal aborts and the reconciles in progress have ended; then the queue is shut down. */
export async function runWorkers(options: WorkersOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(Array.from({ length: options.workers }, () => work(options, signal)));
  options.queue.shutDown();
}

async function work(options: WorkersOptions, signal: AbortSignal): Promise<void> {
  const { queue } = options;
  for (;;) {
    const key = await queue.take(signal);
    if (key === undefined) return;
    try {
      const outcome = await options.reconcile(key, signal);
      queue.forget(key);
      if (outcome !== done) queue.addAfter(key, outcome.requeueAfterMs);
    } catch (error) {
      if (signal.aborted) return;
      retry(options, key, error);
    } finally {
      queue.done(key);
    }
  }
}

function retry({ queue, log, retriesMax }: WorkersOptions, key: string, error: unknown): void {
  const failures = queue.failures(key);
  const expected = error instanceof StatusError && (error.reason === "Conflict" || error.reason === "NotFound");
  const givenUp = retriesMax !== undefined && failures >= retriesMax;
  log[expected ? "debug" : "warn"]({ err: error, key, failures, givenUp }, "reconcile failed");
  if (givenUp) queue.forget(key);
  else queue.addRateLimited(key, { overall: !expected });
}
