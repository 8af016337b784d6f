/**
 * Lists and maps that were sent with nothing in them. They mean the same as absent ones and are not kept, but texts of
 * errors show them as they came: `[]` and not `null`. A note of them goes with the object and its copies; nobody who
 * does not ask for it sees it.
 */

const emptied: unique symbol = Symbol("members that were sent empty");

type Empty = readonly never[] | Readonly<Record<string, never>>;
type Noted = { readonly [emptied]?: ReadonlyMap<string, Empty> };

export function noteEmptied(object: object, name: string, value: Empty): void {
  setNote(object, new Map((object as Noted)[emptied]).set(name, value));
}

/** What a copy of an object takes over. */
export function copyNote(from: object, to: object): void {
  const note = (from as Noted)[emptied];
  if (note !== undefined) setNote(to, note);
}

/** Shares its members with the object. */
export function shallowCopy<T extends object>(object: T): T {
  const copy = { ...object };
  copyNote(object, copy);
  return copy;
}

function setNote(object: object, note: ReadonlyMap<string, Empty>): void {
  Object.defineProperty(object, emptied, { value: note, configurable: true, writable: true });
}

/** A member as it was sent: null where it was absent. */
export function asSent(object: object | undefined | null, name: string): unknown {
  if (!object) return null;
  const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
  return value ?? (object as Noted)[emptied]?.get(name) ?? null;
}
