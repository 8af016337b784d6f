/** Values without a schema: custom resources and raw extensions. */

import type { DecodeContext } from "./context.ts";
import { isJsonObject, isRawNumber, type JsonObject, setKey } from "./raw-json.ts";

/** How many members all objects in a value have together. Not recursive: what is skipped may be deep. */
export function countMembers(value: unknown): number {
  if (typeof value !== "object" || value === null || isRawNumber(value)) return 0;
  let members = 0;
  const waiting: unknown[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const inner = Array.isArray(next) ? next : Object.values(next as JsonObject);
    if (inner !== next) members += inner.length;
    for (const item of inner) {
      if (typeof item === "object" && item !== null && !isRawNumber(item)) waiting.push(item);
    }
  }
  return members;
}

/** A raw value, kept as it is, numbers with their text. */
export function decodeRaw(value: unknown, context: DecodeContext): unknown {
  if (context.counts) context.members += countMembers(value);
  return value;
}

/** A number of a value without a schema: an int64 where it is one, else a double. */
export function decodeGenericNumber(text: string): unknown {
  if (/^-?\d+$/.test(text)) {
    const exact = BigInt(text);
    if (BigInt.asIntN(64, exact) === exact && !Number.isSafeInteger(Number(text))) return undefined;
  }
  return Number(text);
}

/** Decodes as Go does into `interface{}`: nulls stay, integers stay exact. */
export function decodeGeneric(value: unknown, context: DecodeContext): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isRawNumber(value)) return decodeGenericNumber(value.rawJSON) ?? value;
  if (Array.isArray(value)) {
    return value.map((item, index) => {
      context.enterIndex(index);
      const out = decodeGeneric(item, context);
      context.leave();
      return out;
    });
  }
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  const keys = Object.keys(value);
  context.members += keys.length;
  for (const key of keys) {
    context.checkDuplicate(value, key);
    context.enterKey(key);
    setKey(out, key, decodeGeneric(value[key], context));
    context.leave();
  }
  return out;
}
