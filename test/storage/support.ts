/** Small objects and small waits for the storage tests. */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ListPage, StorageEvent, StoredObject, StoreSpec, Watch, WatchItem } from "#pkg/storage/index.ts";

export const podSpec: StoreSpec = {
  prefix: "/registry/pods/",
  fieldsOf: (object) => ({
    "metadata.name": object.metadata.name ?? "",
    "spec.nodeName": (object as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName ?? "",
  }),
  indexed: ["spec.nodeName"],
};

export const podKey = (name: string, namespace = "default"): string => `/registry/pods/${namespace}/${name}`;

export interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  readonly labels?: Record<string, string>;
  readonly note?: string;
}

export function podJson(name: string, { namespace = "default", node, labels, note }: PodOptions = {}): Buffer {
  const metadata = { name, namespace, ...(labels ? { labels } : {}), ...(note ? { annotations: { note } } : {}) };
  return Buffer.from(
    JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec: { ...(node ? { nodeName: node } : {}) } }),
  );
}

export const namesOf = (page: ListPage): string[] => page.items.map((item) => item.object.metadata.name ?? "");

export const noteOf = (object: StoredObject): string | undefined => object.object.metadata.annotations?.["note"];

/** `ADDED a@12`. */
export const printEvent = ({ type, current, revision }: StorageEvent): string =>
  `${type} ${current.key.slice(current.key.lastIndexOf("/") + 1)}@${revision}`;

/** Collects what a watch gives. */
export class Collector {
  readonly watch: Watch;
  readonly items: WatchItem[] = [];
  #wake: () => void = () => {};

  constructor(watch: Watch) {
    this.watch = watch;
    watch.onReady = () => this.drain();
  }

  get events(): StorageEvent[] {
    return this.items.flatMap((item) => (item.kind === "event" ? [item.event] : []));
  }

  get printed(): string[] {
    return this.events.map(printEvent);
  }

  drain(): void {
    this.items.push(...this.watch.take());
    this.#wake();
  }

  /** Until `count` items are there; fails after `withinMs`. */
  async until(count: number, withinMs = 5_000): Promise<void> {
    await this.untilTrue(
      () => this.items.length >= count,
      withinMs,
      () => `${count} items, got ${this.items.length}`,
    );
  }

  async untilTrue(isDone: () => boolean, withinMs: number, what: () => string): Promise<void> {
    const deadline = AbortSignal.timeout(withinMs);
    while (!isDone()) {
      if (deadline.aborted) assert.fail(`waited ${withinMs} ms for ${what()}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await Promise.race([promise, sleep(50)]);
    }
  }
}

/** Polls until true; fails with `what`. */
export async function eventually(
  isDone: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 5_000,
): Promise<void> {
  const until = Date.now() + withinMs;
  while (!(await isDone())) {
    if (Date.now() > until) assert.fail(`waited ${withinMs} ms for ${what}`);
    await sleep(10);
  }
}
