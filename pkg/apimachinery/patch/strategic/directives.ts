/** The keys of a strategic merge patch that are instructions, not data. */
import { isJsonObject, type JsonObject, setKey } from "../json-value.ts";

export const patchDirective = "$patch";
export const retainKeysDirective = "$retainKeys";
export const deleteFromListPrefix = "$deleteFromPrimitiveList/";
export const setOrderPrefix = "$setElementOrder/";

export const isDirective = (key: string): boolean =>
  key === retainKeysDirective || key.startsWith(deleteFromListPrefix) || key.startsWith(setOrderPrefix);

/** A patch's value as data where the document has none: instructions and nulls gone; undefined when nothing is left. */
export function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  if (Object.hasOwn(value, patchDirective)) return undefined;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (isDirective(key) || value[key] === null) continue;
    const plain = plainValue(value[key]);
    if (plain !== undefined) setKey(out, key, plain);
  }
  return out;
}
