/** ConfigMaps and Secrets that pods of this node name: each is watched while a pod needs it, and read once at first. */
import { resources } from "#api/gen/resources.ts";
import type { ConfigMap, Secret } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type Client, type Informer, type InformerSet, informers } from "#pkg/client/index.ts";

type ObjectKind = "configmap" | "secret";
type ReferencedObject = ConfigMap | Secret;

interface Watched {
  readonly set: InformerSet;
  readonly informer: Informer<ReferencedObject>;
  /** Pods that need the object: uid to callback. */
  readonly users: Map<string, () => void>;
}

export interface ReferencedObjectsOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A server that has not yet heard that the pod is ours refuses at first; it learns within moments. */
const forbiddenRetriesMax = 10;
const forbiddenRetryMs = 100;

export class ReferencedObjects implements AsyncDisposable {
  readonly #options: ReferencedObjectsOptions;
  readonly #watched = new Map<string, Watched>();

  constructor(options: ReferencedObjectsOptions) {
    this.#options = options;
  }

  configMap(namespace: string, name: string): Promise<Readonly<ConfigMap>> {
    return this.#get("configmap", namespace, name) as Promise<Readonly<ConfigMap>>;
  }

  secret(namespace: string, name: string): Promise<Readonly<Secret>> {
    return this.#get("secret", namespace, name) as Promise<Readonly<Secret>>;
  }

  async #get(kind: ObjectKind, namespace: string, name: string): Promise<Readonly<ReferencedObject>> {
    const watched = this.#watched.get(keyOf(kind, namespace, name));
    const cached = watched?.informer.isSynced ? watched.informer.get(`${namespace}/${name}`) : undefined;
    if (cached) return cached;
    const { client, clock, signal } = this.#options;
    const resource = kind === "configmap" ? client.configmaps : client.secrets;
    for (let tries = 0; ; tries++) {
      try {
        return await resource.get({ namespace, name }, { signal });
      } catch (error) {
        const { reason } = StatusError.from(error);
        // In upstream's words: they end in the pod's status and Events.
        if (reason === "NotFound") throw new StatusError(reason, `${kind} ${JSON.stringify(name)} not found`);
        if (reason !== "Forbidden" || tries >= forbiddenRetriesMax) throw error;
        await clock.sleep(forbiddenRetryMs, signal);
      }
    }
  }

  /** Watches an object for a pod; `changed` is called at each later change. Calling again replaces the callback. */
  watch(of: { kind: ObjectKind; namespace: string; name: string; podUid: string }, changed: () => void): void {
    const key = keyOf(of.kind, of.namespace, of.name);
    const watched = this.#watched.get(key) ?? this.#start(key, of);
    watched.users.set(of.podUid, changed);
  }

  #start(key: string, of: { kind: ObjectKind; namespace: string; name: string }): Watched {
    const { client, clock, log, signal } = this.#options;
    const set = informers(client, { clock, log });
    const ref = of.kind === "configmap" ? resources.configmaps : resources.secrets;
    const informer = set.informer<ReferencedObject>(ref as typeof resources.configmaps, {
      namespace: of.namespace,
      fieldSelector: `metadata.name=${of.name}`,
    });
    const users = new Map<string, () => void>();
    const notify = (): void => {
      for (const changed of users.values()) changed();
    };
    informer.addHandler({
      added: (_, initial) => {
        if (!initial) notify();
      },
      updated: notify,
      deleted: notify,
    });
    set.start(signal);
    const watched = { set, informer, users };
    this.#watched.set(key, watched);
    return watched;
  }

  /** A pod has gone: what nobody else needs is no longer watched. */
  release(podUid: string): void {
    for (const [key, { users, set }] of this.#watched) {
      users.delete(podUid);
      if (users.size > 0) continue;
      this.#watched.delete(key);
      this.#dispose(set);
    }
  }

  #dispose(set: InformerSet): void {
    const { log } = this.#options;
    Promise.resolve(set[Symbol.asyncDispose]()).catch((err: unknown) =>
      log.debug({ err }, "a watch did not close well"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const sets = [...this.#watched.values()].map(({ set }) => set);
    this.#watched.clear();
    await Promise.allSettled(sets.map((set) => set[Symbol.asyncDispose]()));
  }
}

const keyOf = (kind: ObjectKind, namespace: string, name: string): string => `${kind}/${namespace}/${name}`;
