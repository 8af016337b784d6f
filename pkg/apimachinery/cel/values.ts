/**
 * Values of expressions. Plain JavaScript values where one says exactly what is meant (boolean, bigint for int, number for
 * double, string, null, Uint8Array), classes for the rest. https://github.com/google/cel-spec/blob/master/doc/langdef.md#values
 */
import type { Type } from "./types.ts";

export type Value =
  | boolean
  | bigint
  | number
  | string
  | null
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | ListValue
  | MapValue
  | TypeValue
  | Optional
  | OpaqueValue;

/** What an evaluation fails with. Logical operators absorb it where the other side decides. */
export class CelError extends Error {
  override readonly name = "CelError";
}

export const noSuchOverload = (): CelError => new CelError("no such overload");

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** Nanoseconds since 1970. */
export class Timestamp {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** Nanoseconds; fits an int64. */
export class Duration {
  readonly ns: bigint;
  constructor(ns: bigint) {
    this.ns = ns;
  }
}

/** What tells items apart where a schema says that a list is a set or a map; absent: their places. */
export type ListIdentity = { readonly kind: "set" } | { readonly kind: "map"; readonly keys: readonly string[] };

export class ListValue {
  readonly items: readonly Value[];
  readonly identity: ListIdentity | undefined;
  constructor(items: readonly Value[], identity?: ListIdentity) {
    this.items = items;
    this.identity = identity;
  }
}

/** Maps, and objects with fields: both are read by key. */
export interface MapValue {
  readonly isMap: true;
  readonly size: number;
  get(key: Value): Value | undefined;
  /** Whether the key is in the map, where `get` answers for more than is; absent: as `get` says. */
  has?(key: Value): boolean;
  keys(): Iterable<Value>;
}

export class TypeValue {
  readonly type: Type;
  constructor(type: Type) {
    this.type = type;
  }
}

export class Optional {
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const none = new Optional(undefined);

/** A value of a library's own type. */
export interface OpaqueValue {
  readonly opaque: Type;
  /** `other` is of the same type. */
  equals(other: OpaqueValue): boolean;
  /** What size-dependent costs count; default 1. */
  readonly costSize?: number;
}

export const isMap = (value: unknown): value is MapValue =>
  typeof value === "object" && value !== null && (value as { isMap?: unknown }).isMap === true;

export const isOpaque = (value: unknown): value is OpaqueValue =>
  typeof value === "object" && value !== null && Object.hasOwn(value, "opaque");

/** Keys that are equal as numbers are one key, whatever their type. */
function keyText(key: Value): string {
  if (typeof key === "string") return `s${key}`;
  if (typeof key === "bigint") return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === "number" && Number.isInteger(key)) return `n${BigInt(key)}`;
  if (typeof key === "boolean") return `b${key}`;
  return "?";
}

/** A map that an expression made. */
export class LiteralMap implements MapValue {
  readonly isMap = true;
  readonly #entries = new Map<string, readonly [Value, Value]>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyText(key))?.[1];
  }

  *keys(): Iterable<Value> {
    for (const [key] of this.#entries.values()) yield key;
  }

  /** Throws CelError for a key that is there. */
  add(key: Value, value: Value): this {
    const text = keyText(key);
    if (text === "?") throw new CelError("unsupported key type");
    if (this.#entries.has(text)) throw new CelError(`insert failed: key ${printKey(key)} already exists`);
    this.#entries.set(text, [key, value]);
    return this;
  }

  copy(): LiteralMap {
    const copy = new LiteralMap();
    for (const [text, entry] of this.#entries) copy.#entries.set(text, entry);
    return copy;
  }
}

export const printKey = (key: Value): string => (key instanceof Uint ? `${key.value}` : String(key));
