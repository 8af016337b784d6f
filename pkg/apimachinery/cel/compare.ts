/** Equality and order of values, across numeric types too. */
import type { Type } from "./types.ts";
import { runtimeName } from "./types.ts";
import {
  CelError,
  Duration,
  isMap,
  isOpaque,
  type ListIdentity,
  ListValue,
  type MapValue,
  noSuchOverload,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
  type Value,
} from "./values.ts";

const numberOf = (value: Value): bigint | number | undefined => {
  if (typeof value === "bigint" || typeof value === "number") return value;
  return value instanceof Uint ? value.value : undefined;
};

/** Values of different types are not equal; numbers are compared by their amount. */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  const [left, right] = [numberOf(a), numberOf(b)];
  // Loose equality compares a bigint and a double by their amount, which is what is wanted.
  // biome-ignore lint/suspicious/noDoubleEquals: numbers only
  if (left !== undefined || right !== undefined) return left !== undefined && right !== undefined && left == right;
  if (a instanceof ListValue) return b instanceof ListValue && equalLists(a, b);
  if (isMap(a)) return isMap(b) && equalMaps(a, b);
  if (a instanceof Timestamp) return b instanceof Timestamp && a.ns === b.ns;
  if (a instanceof Duration) return b instanceof Duration && a.ns === b.ns;
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof TypeValue) return b instanceof TypeValue && runtimeName(a.type) === runtimeName(b.type);
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equalValues(a.value, b.value);
  }
  if (isOpaque(a)) return isOpaque(b) && runtimeName(a.opaque as Type) === runtimeName(b.opaque) && a.equals(b);
  return false;
}

function equalLists(a: ListValue, b: ListValue): boolean {
  if (a.items.length !== b.items.length) return false;
  const identity = a.identity ?? b.identity;
  if (!identity) return a.items.every((item, at) => equalValues(item, b.items[at] as Value));
  const others = new Map(b.items.map((item) => [identityOf(item, identity), item]));
  return a.items.every((item) => {
    const other = others.get(identityOf(item, identity));
    return other !== undefined && equalValues(item, other);
  });
}

function equalMaps(a: MapValue, b: MapValue): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const [left, right] = [a.get(key), b.get(key)];
    if (left === undefined || right === undefined || !equalValues(left, right)) return false;
  }
  return true;
}

/** What tells an item from others of its list, as text. */
export function identityOf(item: Value, identity: ListIdentity): string {
  if (identity.kind === "set") return textOf(item);
  return identity.keys.map((key) => (isMap(item) ? textOf(item.get(key) ?? null) : "")).join("\0");
}

function textOf(value: Value): string {
  const number = numberOf(value);
  if (number !== undefined) return `n${number}`;
  if (value instanceof ListValue) return `[${value.items.map(textOf).join(",")}]`;
  if (isMap(value)) {
    const parts = [...value.keys()].map((key) => `${textOf(key)}:${textOf(value.get(key) ?? null)}`);
    return `{${parts.sort().join(",")}}`;
  }
  if (value instanceof Timestamp || value instanceof Duration) return `t${value.ns}`;
  return `${typeof value}${JSON.stringify(value)}`;
}

/** Negative: `a` comes first. Throws CelError where there is no order. */
export function compareValues(a: Value, b: Value): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) {
    if (Number.isNaN(left) || Number.isNaN(right)) throw new CelError("NaN values cannot be ordered");
    return left < right ? -1 : left > right ? 1 : 0;
  }
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0;
  if (a instanceof Duration && b instanceof Duration) return a.ns < b.ns ? -1 : a.ns > b.ns ? 1 : 0;
  throw noSuchOverload();
}

const surrogate = /[\ud800-\udfff]/;

/** By code points: JavaScript's own order puts those beyond the first plane before some of it. */
function compareText(a: string, b: string): number {
  if (surrogate.test(a) || surrogate.test(b)) return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : a > b ? 1 : 0;
}
