/**
 * The reference for the contract suite: no cache, no shared reads; every request asks etcd, every watch is etcd's own.
 * Slow and short, so that its correctness can be seen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { tooLargeRevision } from "#pkg/storage/errors.ts";
import { EtcdClient } from "#pkg/storage/etcd/client.ts";
import type { KeyValue, WatchEvent } from "#pkg/storage/etcd/messages.ts";
import { WatchStream } from "#pkg/storage/etcd/watch-stream.ts";
import {
  KeyExistsError,
  type ListOptions,
  type ListPage,
  type ReadAt,
  type ResourceStore,
  RevisionConflictError,
  type StorageEvent,
  type StoredObject,
  type StoreSpec,
  type Watch,
  type WatchItem,
  type WatchOptions,
} from "#pkg/storage/index.ts";

export class DirectStore implements ResourceStore {
  readonly size = 0;
  readonly bytes = 0;
  readonly #client: EtcdClient;
  readonly #spec: StoreSpec;

  constructor(endpoint: string, spec: StoreSpec) {
    this.#client = new EtcdClient({ endpoints: [endpoint], clock: systemClock });
    this.#spec = spec;
  }

  get prefix(): string {
    return this.#spec.prefix;
  }

  close(): void {
    this.#client.close();
  }

  async get(key: string, at: ReadAt): Promise<StoredObject | undefined> {
    const { kvs } = await this.#client.range({ key, revision: await this.#revisionOf(at) });
    return kvs[0] && this.#object(kvs[0]);
  }

  async list({ prefix, at, after = "", limit, match, fields }: ListOptions): Promise<ListPage> {
    const range = await this.#client.range({
      key: prefix,
      rangeEnd: `${prefix}\xff`,
      revision: await this.#revisionOf(at),
    });
    const kept = range.kvs
      .map((kv) => this.#object(kv))
      .filter((object) => object.key > after && (match?.(object) ?? true))
      .filter((object) => Object.entries(fields ?? {}).every(([name, value]) => object.fields[name] === value));
    const items = kept.slice(0, limit || kept.length);
    const revision = at.kind === "exact" ? at.revision : range.revision;
    if (items.length === kept.length) return { items, revision };
    const page = { items, revision, continueAfter: items.at(-1)?.key ?? "" };
    return match || fields ? page : { ...page, remaining: kept.length - items.length };
  }

  async watch({ prefix, single, after, initialEvents, signal }: WatchOptions): Promise<Watch> {
    const state = await this.list({ prefix, at: { kind: "latest" } });
    const concerned = (key: string): boolean => (single ? key === prefix : key.startsWith(prefix));
    const known = new Map<string, StoredObject>();
    const items: WatchItem[] = [];
    if (after === undefined) {
      for (const object of state.items) {
        known.set(object.key, object);
        items.push({ kind: "event", event: event("ADDED", object) });
      }
      if (initialEvents) items.push({ kind: "bookmark", revision: state.revision, initial: true });
    } else {
      const past = await this.list({ prefix, at: { kind: "exact", revision: after } });
      for (const object of past.items) known.set(object.key, object);
    }
    return this.#follow({ prefix, startRevision: (after ?? state.revision) + 1, signal }, items, (change) => {
      const { kv, deleted } = change;
      if (!concerned(kv.key)) return undefined;
      const previous = known.get(kv.key);
      if (deleted) {
        known.delete(kv.key);
        return previous && event("DELETED", this.#object({ ...kv, value: previous.bytes }), previous);
      }
      const current = this.#object(kv);
      known.set(kv.key, current);
      return event(previous ? "MODIFIED" : "ADDED", current, previous);
    });
  }

  async create(key: string, json: Buffer): Promise<StoredObject> {
    const put = { key, value: json };
    const compare = [{ key, modRevision: 0 }];
    const txn = await this.#client.txn("create", { compare, success: [{ put }], failure: [] });
    if (!txn.succeeded) throw new KeyExistsError(key);
    return this.#objectAt(key, txn.revision);
  }

  async update(key: string, json: Buffer, expected: number): Promise<StoredObject> {
    const now = await this.#client.range({ key });
    if (now.kvs[0]?.modRevision === expected && now.kvs[0].value.equals(json)) return this.#object(now.kvs[0]);
    const put = { key, value: json };
    return this.#objectAt(key, await this.#swap(key, expected, { put }));
  }

  async delete(key: string, expected: number): Promise<StoredObject> {
    const last = await this.get(key, { kind: "latest" });
    const revision = await this.#swap(key, expected, { deleteKey: key });
    const json = last?.bytes ?? Buffer.from("{}");
    return this.#object({ key, value: json, modRevision: revision, createRevision: 0, version: 0, lease: 0n });
  }

  async #swap(
    key: string,
    expected: number,
    operation: { put: { key: string; value: Buffer } } | { deleteKey: string },
  ) {
    const txn = await this.#client.txn("swap", {
      compare: [{ key, modRevision: expected }],
      success: [operation],
      failure: [{ range: { key } }],
    });
    const found = txn.ranges[0]?.kvs[0];
    if (!txn.succeeded) throw new RevisionConflictError(key, found && this.#object(found));
    return txn.revision;
  }

  async #revisionOf(at: ReadAt): Promise<number> {
    if (at.kind === "exact") return at.revision;
    const { revision } = await this.#client.range({ key: "/registry/health" });
    if (at.kind === "notOlderThan" && at.revision > revision) throw tooLargeRevision(at.revision, revision);
    return 0;
  }

  async #objectAt(key: string, revision: number): Promise<StoredObject> {
    const { kvs } = await this.#client.range({ key, revision });
    return this.#object(kvs[0] as KeyValue);
  }

  #object({ key, value, modRevision: revision }: KeyValue): StoredObject {
    const object = JSON.parse(value.toString());
    // Only where the version stands among the members differs between implementations; here it stands first.
    const { resourceVersion: _, ...metadata } = object.metadata;
    object.metadata = { resourceVersion: String(revision), ...metadata };
    const bytes = Buffer.from(JSON.stringify(object));
    return { key, revision, bytes, object, labels: metadata.labels ?? {}, fields: this.#spec.fieldsOf(object) };
  }

  #follow(
    start: { prefix: string; startRevision: number; signal: AbortSignal },
    items: WatchItem[],
    toEvent: (change: WatchEvent) => StorageEvent | undefined,
  ): Watch {
    const ended = Promise.withResolvers<{ reason: "closed" }>();
    let revision = start.startRevision - 1;
    const watch = {
      onReady: () => {},
      take: () => items.splice(0),
      ended: ended.promise,
      get revision() {
        return revision;
      },
      close: () => ended.resolve({ reason: "closed" }),
    };
    const stream = new WatchStream(this.#client, {
      ...start,
      onCreated: () => {},
      onProgress: () => {},
      onEvents: (changes) => {
        for (const change of changes) {
          revision = change.kv.modRevision;
          const made = toEvent(change);
          if (made) items.push({ kind: "event", event: made });
        }
        watch.onReady();
      },
    });
    stream.over.catch(() => ended.resolve({ reason: "closed" }));
    void sleep(0).then(() => watch.onReady());
    return watch;
  }
}

function event(type: StorageEvent["type"], current: StoredObject, previous?: StoredObject): StorageEvent {
  return { type, revision: current.revision, current, memo: new Map(), ...(previous ? { previous } : {}) };
}
