/** Reads that go to etcd itself: a revision older than the cache's history, or newer than what has reached it. */
import { ListExpiredError, tooLargeRevision } from "./errors.ts";
import type { EtcdClient } from "./etcd/client.ts";
import { isEtcdError } from "./etcd/errors.ts";
import { type KeyValue, prefixEnd } from "./etcd/messages.ts";
import { nextLimit } from "./loader.ts";
import { filterOf, type PageOptions, startOf } from "./snapshot.ts";
import type { ListPage, StoredObject } from "./types.ts";

const FIRST_PAGE = 200;

export interface DirectReader {
  readonly client: EtcdClient;
  readonly pageBytes: number;
  /** Told of the newest revision that a read has shown. */
  readonly told: (revision: number) => void;
  /** Undefined: the value is no object. */
  readonly decode: (kv: KeyValue) => StoredObject | undefined;
}

/** At a revision, or at the newest when it is 0. */
export async function getDirect(
  reader: DirectReader,
  key: string,
  revision: number,
  signal?: AbortSignal,
): Promise<StoredObject | undefined> {
  const { kvs, revision: newest } = await translate(reader.client.range({ key, revision }, signal), revision);
  if (revision === 0) reader.told(newest);
  return kvs[0] && reader.decode(kvs[0]);
}

/** Reads on until the page is full: a selector may throw away most of what etcd has. */
export async function listDirect(
  reader: DirectReader,
  options: PageOptions,
  at: number,
  signal?: AbortSignal,
): Promise<ListPage> {
  const keeps = filterOf(options);
  const rangeEnd = prefixEnd(options.prefix);
  const wanted = options.limit || Number.POSITIVE_INFINITY;
  const items: StoredObject[] = [];
  let revision = at;
  let key = startOf(options);
  let limit = Math.min(wanted + 1, FIRST_PAGE);
  for (;;) {
    const range = await translate(reader.client.range({ key, rangeEnd, limit, revision }, signal), revision);
    revision ||= range.revision;
    let bytes = 0;
    for (const [index, kv] of range.kvs.entries()) {
      bytes += kv.value.length + kv.key.length;
      const object = reader.decode(kv);
      if (!object || (keeps && !keeps(object))) continue;
      if (items.length < wanted) {
        items.push(object);
        continue;
      }
      const page = { items, revision, continueAfter: items.at(-1)?.key ?? options.prefix };
      return keeps ? page : { ...page, remaining: range.count - index };
    }
    const last = range.kvs.at(-1);
    if (!range.more || !last) return { items, revision };
    key = `${last.key}\0`;
    limit = Math.min(wanted - items.length + 1, nextLimit(range.kvs.length, bytes, reader.pageBytes));
  }
}

async function translate<T>(answer: Promise<T>, revision: number): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isEtcdError(error, "compacted")) throw new ListExpiredError(error);
    if (isEtcdError(error, "futureRevision")) throw tooLargeRevision(revision, 0);
    throw error;
  }
}
