/** Copies and comparisons of JSON values; raw numbers are shared, keys such as `__proto__` are ordinary. */
import { isJsonObject, isRawNumber, type JsonObject, setKey } from "../codec/raw-json.ts";

export { isJsonObject, type JsonObject, setKey } from "../codec/raw-json.ts";

export function cloneJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cloneJson);
  if (!isJsonObject(value)) return value;
  const out: JsonObject = {};
  for (const key of Object.keys(value)) setKey(out, key, cloneJson(value[key]));
  return out;
}

/** A document with copies of the named members, as far as it has them; the others are shared. */
export function copyNamed(doc: JsonObject, names: readonly string[]): JsonObject {
  const copy = { ...doc };
  for (const name of new Set(names)) if (Object.hasOwn(copy, name)) setKey(copy, name, cloneJson(copy[name]));
  return copy;
}

export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isRawNumber(a) || isRawNumber(b)) return isRawNumber(a) && isRawNumber(b) && a.rawJSON === b.rawJSON;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equalJson(item, b[i]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && equalJson(a[key], b[key]))
  );
}

/** A value as Go prints it with `%v`: `map[a:1 b:[x y]]`. */
export function printGo(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (isRawNumber(value)) return value.rawJSON;
  if (Array.isArray(value)) return `[${value.map(printGo).join(" ")}]`;
  if (!isJsonObject(value)) return String(value);
  return `map[${Object.keys(value)
    .sort()
    .map((key) => `${key}:${printGo(value[key])}`)
    .join(" ")}]`;
}
