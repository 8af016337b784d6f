/** Reads all objects of a prefix at one revision, page by page, so that no answer of etcd is giant. */
import type { EtcdClient } from "./etcd/client.ts";
import { prefixEnd } from "./etcd/messages.ts";
import type { LoadedState, ResourceCache } from "./resource-cache.ts";
import type { CachedObject } from "./stored.ts";

const FIRST_PAGE = 200;
const PAGE_MAX = 10_000;

export interface LoadOptions {
  readonly client: EtcdClient;
  readonly cache: ResourceCache;
  /** Whether a key is this resource's, and not that of one registered below it. */
  readonly owns: (key: string) => boolean;
  readonly pageBytes: number;
  readonly signal: AbortSignal;
}

/** Throws EtcdError `compacted` when the revision of the first page is gone before the last: begin again. */
export async function loadState({ client, cache, owns, pageBytes, signal }: LoadOptions): Promise<LoadedState> {
  const objects: CachedObject[] = [];
  const rangeEnd = prefixEnd(cache.spec.prefix);
  let key = cache.spec.prefix;
  let revision = 0;
  let limit = FIRST_PAGE;
  for (;;) {
    const page = await client.range({ key, rangeEnd, limit, revision }, signal);
    revision ||= page.revision;
    let bytes = 0;
    for (const kv of page.kvs) {
      bytes += kv.value.length + kv.key.length;
      const object = owns(kv.key) ? cache.decode(kv) : undefined;
      if (object) objects.push(object);
    }
    const last = page.kvs.at(-1);
    if (!page.more || !last) return { revision, objects };
    key = `${last.key}\0`;
    limit = nextLimit(page.kvs.length, bytes, pageBytes);
  }
}

/** As many keys as should give `pageBytes`, judged by the page before; at most eight times as many as it had. */
export function nextLimit(keys: number, bytes: number, pageBytes: number): number {
  const fitting = Math.floor((pageBytes * keys) / Math.max(bytes, 1));
  return Math.max(1, Math.min(fitting, keys * 8, PAGE_MAX));
}
