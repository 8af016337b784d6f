/**
 * The store of a custom resource as one of its versions sees it: everything that is read is in that version, everything
 * that is written goes into the version in which objects are kept. Versions share the store below.
 */
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import {
  type ListOptions,
  type ListPage,
  type ReadAt,
  type ResourceStore,
  RevisionConflictError,
  type StoredObject,
  type Watch,
  type WatchOptions,
  type WriteOptions,
} from "#pkg/storage/types.ts";
import type { Converter } from "./converter.ts";
import type { StoredView, VersionSchemas } from "./stored-view.ts";
import { VersionedWatch } from "./versioned-watch.ts";

export interface VersionedStoreOptions {
  readonly store: ResourceStore;
  readonly view: StoredView;
  readonly converter: Converter;
  readonly schemas: VersionSchemas;
  /** In which objects are kept. */
  readonly storedApiVersion: string;
}

/** How many objects are asked for at a time while a selector picks among them. */
const chunkItems = 500;

export class VersionedStore implements ResourceStore {
  readonly #options: VersionedStoreOptions;
  readonly #closing = new AbortController();

  constructor(options: VersionedStoreOptions) {
    this.#options = options;
  }

  get prefix(): string {
    return this.#options.store.prefix;
  }

  get size(): number {
    return this.#options.store.size;
  }

  get bytes(): number {
    return this.#options.store.bytes;
  }

  /** Ends its watches: what they show is not what the definition says any more. */
  close(): void {
    this.#closing.abort();
  }

  async get(key: string, at: ReadAt, signal?: AbortSignal): Promise<StoredObject | undefined> {
    const found = await this.#options.store.get(key, at, signal);
    return found && this.#show(found);
  }

  async list(options: ListOptions): Promise<ListPage> {
    const { store, view } = this.#options;
    // Indexes below know nothing of this version's fields; `match` looks at all of them.
    const { match, fields: _, ...rest } = options;
    if (match && !view.isSync) return this.#pick({ ...rest, match });
    const page = await store.list(match ? { ...rest, match: (item) => match(view.one(item)) } : rest);
    return { ...page, items: await view.of(page.items) };
  }

  /** What matches is known only after the conversion. */
  async #pick({
    match,
    limit,
    ...rest
  }: ListOptions & { match: (object: StoredObject) => boolean }): Promise<ListPage> {
    const { store, view } = this.#options;
    const items: StoredObject[] = [];
    let options: ListOptions = { ...rest, limit: chunkItems };
    for (;;) {
      const page = await store.list(options);
      for (const item of await view.of(page.items)) {
        if (!match(item)) continue;
        if (items.length === limit) {
          return { items, revision: page.revision, continueAfter: (items.at(-1) as StoredObject).key };
        }
        items.push(item);
      }
      if (page.continueAfter === undefined) return { items, revision: page.revision };
      options = { ...options, after: page.continueAfter, at: { kind: "exact", revision: page.revision } };
    }
  }

  async watch(options: WatchOptions): Promise<Watch> {
    const signal = AbortSignal.any([options.signal, this.#closing.signal]);
    const inner = await this.#options.store.watch({ ...options, signal });
    return new VersionedWatch(inner, this.#options.view);
  }

  async create(key: string, json: Buffer, options: WriteOptions = {}): Promise<StoredObject> {
    const { bytes, more } = await this.#stored(json, options);
    return this.#show(await this.#options.store.create(key, bytes, more));
  }

  async update(key: string, json: Buffer, expectedRevision: number, options: WriteOptions = {}): Promise<StoredObject> {
    const { bytes, more } = await this.#stored(json, options);
    return this.#show(await this.#unlessChanged(this.#options.store.update(key, bytes, expectedRevision, more)));
  }

  async delete(key: string, expectedRevision: number, options?: WriteOptions): Promise<StoredObject> {
    return this.#show(await this.#unlessChanged(this.#options.store.delete(key, expectedRevision, options)));
  }

  async #show(item: StoredObject): Promise<StoredObject> {
    const [shown] = await this.#options.view.of([item]);
    return shown as StoredObject;
  }

  async #unlessChanged(writing: Promise<StoredObject>): Promise<StoredObject> {
    try {
      return await writing;
    } catch (error) {
      if (!(error instanceof RevisionConflictError) || !error.current) throw error;
      throw new RevisionConflictError(error.current.key, await this.#show(error.current));
    }
  }

  /** What is written, as it is kept. */
  async #stored(json: Buffer, { object, ...more }: WriteOptions): Promise<{ bytes: Buffer; more: WriteOptions }> {
    const { storedApiVersion, converter, schemas } = this.#options;
    const sent = object ?? (JSON.parse(json.toString()) as KubeObject);
    if (sent.apiVersion === storedApiVersion) return { bytes: json, more: { ...more, object: sent } };
    const { resourceVersion: _, ...metadata } = sent.metadata;
    const [converted] = await converter.convert([{ ...sent, metadata }], storedApiVersion);
    const stored = schemas.tidy(converted as KubeObject);
    return { bytes: encodeObject(stored), more: { ...more, object: stored } };
  }
}
