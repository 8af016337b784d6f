/**
 * Follows one resource: the state at a resourceVersion, then every change after it, for as long as it runs.
 *
 * The state comes through the watch itself (`sendInitialEvents`) where the server can, by a paged list otherwise. A watch that
 * ends is taken up again at the last resourceVersion seen, so that nothing is lost or seen twice; only a 410 makes it read the
 * state anew. Failures back off with jitter; a watch that ends at once counts as one.
 */

import type { Status } from "#api/types/meta/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Backoff } from "./backoff.ts";
import { isExpired } from "./failures.ts";
import type { InformerOptions, ResourceClient, WatchMessage, WatchParameters } from "./types.ts";

/** Upstream's bounds of one watch: a random time between these, so that watches do not end together. */
const watchSecondsMin = 300;
const watchSecondsMax = 600;
const pageSize = 500;
const shortWatchMs = 1_000;
const initialEventsEnd = "k8s.io/initial-events-end";
/** A server that no longer knows our resourceVersion in any other way than 410 is asked for the whole state after this many failures. */
const failuresBeforeRelist = 20;

export interface ReflectorSink<T> {
  replace(objects: readonly T[], resourceVersion: string): void;
  put(object: T): void;
  remove(object: T): void;
  progress(resourceVersion: string): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly selection: InformerOptions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly sink: ReflectorSink<T>;
}

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  /** Undefined: the whole state must be read. */
  #resourceVersion: string | undefined;
  #watchList = true;
  /** The state while it arrives through the watch. */
  #arriving: Map<string, T> | undefined;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const backoff = new Backoff({ firstMs: 100, maxMs: 30_000 });
    while (!signal.aborted) {
      const startedAt = clock.now();
      try {
        await this.#round(signal);
        if (clock.now() - startedAt >= shortWatchMs) backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        if (clock.now() - startedAt > 10_000) backoff.reset();
        this.#failed(error, backoff);
      }
      if (clock.now() - startedAt < shortWatchMs || backoff.failures > 0) {
        await clock.sleep(backoff.nextMs(), signal).catch(() => {});
      }
    }
  }

  #failed(error: unknown, backoff: Backoff): void {
    const { log, client } = this.#options;
    if (isExpired(error) || backoff.failures >= failuresBeforeRelist) this.#resourceVersion = undefined;
    const level = backoff.failures < 3 ? "debug" : "warn";
    log[level]({ err: error, resource: client.ref.plural, failures: backoff.failures }, "watch failed");
  }

  /** One list where needed, and one watch until it ends. */
  async #round(signal: AbortSignal): Promise<void> {
    if (this.#resourceVersion === undefined && !this.#watchList) await this.#readPages(signal);
    try {
      await this.#follow(signal);
    } catch (error) {
      if (!this.#arriving || !isRefusedWatchList(error)) throw error;
      this.#watchList = false;
      await this.#round(signal);
    }
  }

  async #readPages(signal: AbortSignal): Promise<void> {
    const { client, selection, sink } = this.#options;
    const items: T[] = [];
    let next: string | undefined;
    for (;;) {
      const page = await client.list({
        ...selectionOf(selection),
        limit: pageSize,
        signal,
        ...(next ? { continue: next } : {}),
      });
      for (const item of page.items ?? []) items.push(item);
      next = page.metadata.continue;
      if (next) continue;
      this.#resourceVersion = page.metadata.resourceVersion ?? "";
      sink.replace(items, this.#resourceVersion);
      return;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { client, selection } = this.#options;
    const timeoutSeconds = Math.round(watchSecondsMin + Math.random() * (watchSecondsMax - watchSecondsMin));
    const from: WatchParameters =
      this.#resourceVersion === undefined
        ? { sendInitialEvents: true, resourceVersionMatch: "NotOlderThan" }
        : { resourceVersion: this.#resourceVersion };
    this.#arriving = this.#resourceVersion === undefined ? new Map() : undefined;
    const parameters = { ...selectionOf(selection), ...from, allowWatchBookmarks: true, timeoutSeconds, signal };
    for await (const batch of client.watchBatches(parameters)) {
      for (const message of batch) this.#receive(message);
    }
  }

  #receive(message: WatchMessage<T>): void {
    if (message.type === "ERROR") throw StatusError.fromStatus(message.object as Status);
    const { object, type } = message;
    if (type === "BOOKMARK") this.#bookmark(object);
    else if (this.#arriving) this.#arrive(this.#arriving, type, object);
    else {
      if (type === "DELETED") this.#options.sink.remove(object);
      else this.#options.sink.put(object);
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    }
  }

  #arrive(arriving: Map<string, T>, type: string, object: T): void {
    if (type === "DELETED") arriving.delete(keyOf(object));
    else arriving.set(keyOf(object), object);
  }

  #bookmark({ metadata }: T): void {
    const { resourceVersion = "", annotations } = metadata;
    if (this.#arriving) {
      if (annotations?.[initialEventsEnd] !== "true") return;
      this.#options.sink.replace([...this.#arriving.values()], resourceVersion);
      this.#arriving = undefined;
    } else this.#options.sink.progress(resourceVersion);
    this.#resourceVersion = resourceVersion;
  }
}

const selectionOf = ({ namespace, labelSelector, fieldSelector }: InformerOptions) => ({
  ...(namespace ? { namespace } : {}),
  ...(labelSelector ? { labelSelector } : {}),
  ...(fieldSelector ? { fieldSelector } : {}),
});

const passing = new Set([401, 403, 404, 410, 429, 503, 504]);

/**
 * Servers before 1.27 and those with the feature off refuse the parameter; upstream on an etcd without reliable progress
 * requests answers with an ERROR event of code 500. Codes of passing trouble say nothing about the feature.
 */
const isRefusedWatchList = (error: unknown): boolean => error instanceof StatusError && !passing.has(error.code);
