/** Pages of a resource's state, now or at a past revision that its history still reaches. */
import type { ResourceCache } from "./resource-cache.ts";
import { endOfPrefix, type SortedObjects } from "./sorted-objects.ts";
import type { CachedObject } from "./stored.ts";
import type { ListOptions, ListPage, StoredObject } from "./types.ts";

/** Undoing more changes than this costs more than asking etcd. */
const UNDO_MAX = 20_000;

export type PageOptions = Pick<ListOptions, "prefix" | "after" | "limit" | "match" | "fields">;

export const startOf = ({ prefix, after }: PageOptions): string => (after === undefined ? prefix : `${after}\0`);

/** What the options keep, as one function; undefined when they keep all. */
export function filterOf({ match, fields }: PageOptions): ((object: StoredObject) => boolean) | undefined {
  const wanted = fields ? Object.entries(fields) : [];
  if (wanted.length === 0) return match;
  return (object) =>
    wanted.every(([name, value]) => (object.fields[name] ?? "") === value) && (match?.(object) ?? true);
}

interface PageAt {
  readonly revision: number;
  /** How many keys are behind one. */
  readonly countAfter: (key: string) => number;
}

const limitOf = ({ limit }: PageOptions): number => limit || Number.POSITIVE_INFINITY;

/** Takes a page from objects in key order. */
export function takePage(objects: Iterable<StoredObject>, options: PageOptions, at: PageAt): ListPage {
  const keeps = filterOf(options);
  const limit = limitOf(options);
  const items: StoredObject[] = [];
  let more = false;
  for (const object of objects) {
    if (keeps && !keeps(object)) continue;
    if (items.length >= limit) {
      more = true;
      break;
    }
    items.push(object);
  }
  return pageOf(items, more, { revision: at.revision, ...(keeps ? {} : { countAfter: at.countAfter }) });
}

function pageOf(
  items: readonly StoredObject[],
  more: boolean,
  { revision, countAfter }: Pick<PageAt, "revision"> & Partial<PageAt>,
): ListPage {
  const last = items.at(-1);
  if (!more || !last) return { items, revision };
  const page = { items, revision, continueAfter: last.key };
  return countAfter ? { ...page, remaining: countAfter(last.key) } : page;
}

/** A page of what the cache holds now. */
export function pageNow(cache: ResourceCache, options: PageOptions): ListPage {
  const { objects, revision } = cache;
  const countAfter = (key: string): number => objects.count(`${key}\0`, endOfPrefix(options.prefix));
  const narrowed = options.fields && cache.index.narrow(options.fields);
  if (narrowed) return takePage(inOrder(narrowed, options), options, { revision, countAfter });
  const { prefix } = options;
  if (filterOf(options)) return takePage(objects.from(startOf(options), prefix), options, { revision, countAfter });
  // A hundred thousand objects one by one would keep everybody waiting for some ten milliseconds.
  const limit = limitOf(options);
  const items = objects.slice(startOf(options), prefix, limit + 1);
  const more = items.length > limit;
  if (more) items.pop();
  return pageOf(items, more, { revision, countAfter });
}

function inOrder(objects: Iterable<CachedObject>, options: PageOptions): CachedObject[] {
  const start = startOf(options);
  const found: CachedObject[] = [];
  for (const object of objects) if (object.key >= start && object.key.startsWith(options.prefix)) found.push(object);
  return found.sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** The state at a past revision; undefined when history does not reach back so far, or too much has changed since. */
export function pageThen(cache: ResourceCache, revision: number, options: PageOptions): ListPage | undefined {
  const events = cache.history.after(revision);
  if (!events || events.length > UNDO_MAX) return undefined;
  /** What each key that has changed since held at the revision. */
  const then = new Map<string, StoredObject | undefined>();
  for (const { current, previous } of events) {
    if (current.key.startsWith(options.prefix) && !then.has(current.key)) then.set(current.key, previous);
  }
  return takePage(undo(cache.objects, then, options), options, {
    revision,
    countAfter: (key) => countThen(cache.objects, then, key, options.prefix),
  });
}

function* undo(
  objects: SortedObjects,
  then: ReadonlyMap<string, StoredObject | undefined>,
  options: PageOptions,
): Generator<StoredObject, void, void> {
  const start = startOf(options);
  const gone = [...then].filter(([key, state]) => key >= start && state && !objects.get(key));
  const deleted = gone.map(([, state]) => state as StoredObject).sort((a, b) => (a.key < b.key ? -1 : 1));
  let next = 0;
  for (const object of objects.from(start, options.prefix)) {
    for (let state = deleted[next]; state && state.key < object.key; state = deleted[next]) {
      yield state;
      next += 1;
    }
    if (!then.has(object.key)) {
      yield object;
      continue;
    }
    const state = then.get(object.key);
    if (state) yield state;
  }
  yield* deleted.slice(next);
}

function countThen(
  objects: SortedObjects,
  then: ReadonlyMap<string, StoredObject | undefined>,
  after: string,
  prefix: string,
): number {
  let count = objects.count(`${after}\0`, endOfPrefix(prefix));
  for (const [key, state] of then) {
    if (key <= after) continue;
    if (objects.get(key)) count -= 1;
    if (state) count += 1;
  }
  return count;
}
