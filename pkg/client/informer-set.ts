/** One informer for each resource and selection, shared by everything in a process. */
import type { ResourceRef } from "#api/gen/resources.ts";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { createLogger, type Logger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { CachedResource } from "./cached-resource.ts";
import type { Client, Informer, InformerOptions, InformerSet } from "./types.ts";

export interface InformersOptions {
  readonly clock?: Clock;
  readonly log?: Logger;
}

export function informers(client: Client, options: InformersOptions = {}): InformerSet {
  return new SharedInformers(client, options.clock ?? systemClock, options.log ?? createLogger("client"));
}

class SharedInformers implements InformerSet {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #shared = new Map<string, CachedResource<KubeObject>>();
  readonly #running: Promise<void>[] = [];
  readonly #stop = new AbortController();
  #started = false;

  constructor(client: Client, clock: Clock, log: Logger) {
    this.#client = client;
    this.#clock = clock;
    this.#log = log;
  }

  informer<T extends KubeObject>(ref: ResourceRef<T>, options: InformerOptions = {}): Informer<T> {
    const { group, version, plural } = ref;
    const { namespace, labelSelector, fieldSelector, resyncMs, metadataOnly, keepManagedFields } = options;
    const selection = [namespace, labelSelector, fieldSelector, resyncMs, metadataOnly, keepManagedFields];
    const id = JSON.stringify([group, version, plural, ...selection.map((part) => part ?? null)]);
    const known = this.#shared.get(id);
    if (known) return known as unknown as Informer<T>;
    const cached = new CachedResource<T>({
      client: this.#client.resource(ref, { metadataOnly: options.metadataOnly ?? false }),
      selection: options,
      clock: this.#clock,
      log: this.#log,
    });
    this.#shared.set(id, cached as unknown as CachedResource<KubeObject>);
    if (this.#started) this.#running.push(cached.run(this.#stop.signal));
    return cached;
  }

  start(signal: AbortSignal): void {
    if (this.#started) return;
    this.#started = true;
    if (signal.aborted) this.#stop.abort(signal.reason);
    signal.addEventListener("abort", () => this.#stop.abort(signal.reason), { once: true });
    for (const cached of this.#shared.values()) this.#running.push(cached.run(this.#stop.signal));
  }

  async synced(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#shared.values()].map((cached) => cached.synced(signal)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}
