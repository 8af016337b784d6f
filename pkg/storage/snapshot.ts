/** Pages of a resource's state, now or at a past revision that its history still reaches. */
import { Stretch } from "#pkg/apimachinery/stretch.ts";
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

/** Looking at the clock costs as much as looking at an object that is known. */
const objectsBetweenLooks = 16;

interface PageAt {
  readonly revision: number;
  /** How many keys are behind one; undefined where nobody knows. */
  readonly countAfter: ((key: string) => number) | undefined;
}

const limitOf = ({ limit }: PageOptions): number => limit || Number.POSITIVE_INFINITY;

/** `items`: one more than the limit where there are more. */
function pageOf(items: StoredObject[], options: PageOptions, { revision, countAfter }: PageAt): ListPage {
  const more = items.length > limitOf(options);
  if (more) items.pop();
  const last = items.at(-1);
  if (!more || !last) return { items, revision };
  const page = { items, revision, continueAfter: last.key };
  return countAfter ? { ...page, remaining: countAfter(last.key) } : page;
}

/** Those that are kept, in their order; one more than the limit at most. */
function pick(objects: Iterable<StoredObject>, options: PageOptions): StoredObject[] {
  const keeps = filterOf(options);
  const limit = limitOf(options);
  const items: StoredObject[] = [];
  for (const object of objects) {
    if (keeps && !keeps(object)) continue;
    items.push(object);
    if (items.length > limit) break;
  }
  return items;
}

/** The same, in turns: a selector's first look at an object parses it. Throws the signal's reason. */
async function pickInTurns(
  objects: readonly StoredObject[],
  keeps: (object: StoredObject) => boolean,
  { signal, ...options }: PageOptions & Pick<ListOptions, "signal">,
): Promise<StoredObject[]> {
  const limit = limitOf(options);
  const items: StoredObject[] = [];
  const stretch = new Stretch();
  for (let at = 0; at < objects.length && items.length <= limit; at += 1) {
    const object = objects[at] as StoredObject;
    if (keeps(object)) items.push(object);
    if (at % objectsBetweenLooks > 0 || !stretch.isOver) continue;
    await stretch.giveWay();
    signal?.throwIfAborted();
  }
  return items;
}

/** A page of what the cache holds at the time of the call. */
export async function pageNow(
  cache: ResourceCache,
  options: PageOptions & Pick<ListOptions, "signal">,
): Promise<ListPage> {
  const { objects, revision } = cache;
  const { prefix, fields } = options;
  const keeps = filterOf(options);
  if (!keeps) {
    const countAfter = (key: string): number => objects.count(`${key}\0`, endOfPrefix(prefix));
    return pageOf(objects.slice(startOf(options), prefix, limitOf(options) + 1), options, { revision, countAfter });
  }
  const narrowed = fields && cache.index.narrow(fields);
  const source = narrowed ? inOrder(narrowed, options) : objects.slice(startOf(options), prefix);
  return pageOf(await pickInTurns(source, keeps, options), options, { revision, countAfter: undefined });
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
  const countAfter = (key: string): number => countThen(cache.objects, then, key, options.prefix);
  const at = { revision, countAfter: filterOf(options) ? undefined : countAfter };
  return pageOf(pick(undo(cache.objects, then, options), options), options, at);
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
