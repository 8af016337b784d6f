/** Follows a store for as long as the server runs, restarting the watch when it ends. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { ResourceStore, WatchItem } from "#pkg/storage/types.ts";

const retryMs = 200;

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Called before the state is handed over, the first time and each time again. */
  readonly begun?: () => void;
}

/**
 * Hands over what exists (as ADDED events) and then every change. Resolves after the first complete state was handed
 * over. After a restart the state comes again; the consumer must take ADDED for what it knows already.
 */
export async function followStore(
  store: ResourceStore,
  consume: (items: readonly WatchItem[]) => void,
  options: FollowOptions,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  void run(store, consume, options, resolve);
  await promise;
}

async function run(
  store: ResourceStore,
  consume: (items: readonly WatchItem[]) => void,
  { signal, log, begun }: FollowOptions,
  filled: () => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const watch = await store.watch({ prefix: store.prefix, initialEvents: true, at: { kind: "latest" }, signal });
      begun?.();
      const drain = () => {
        const items = watch.take();
        consume(items);
        if (items.some((item) => item.kind === "bookmark" && item.initial)) filled();
      };
      watch.onReady = drain;
      drain();
      const { error } = await watch.ended;
      if (error && !signal.aborted) log.warn({ err: error, prefix: store.prefix }, "a watch ended and was restarted");
    } catch (error) {
      if (!signal.aborted) log.warn({ err: error, prefix: store.prefix }, "a watch failed and was restarted");
    }
    if (!signal.aborted) await sleep(retryMs, undefined, { signal }).catch(() => {});
  }
  filled();
}
