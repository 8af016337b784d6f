/** Numbers that a double cannot hold, or whose exact text matters, travel as `JSON.rawJSON` objects. */

export interface RawNumber {
  readonly rawJSON: string;
}

interface RawJson {
  rawJSON(text: string): RawNumber;
  isRawJSON(value: unknown): boolean;
}

const json = JSON as unknown as RawJson;

export const rawNumber = (text: string): RawNumber => json.rawJSON(text);

export function isRawNumber(value: unknown): value is RawNumber {
  return typeof value === "object" && value !== null && json.isRawJSON(value);
}

/** A number to compare with: of one that a double cannot hold, the nearest that it can. */
export const numericValue = (value: number | RawNumber): number => (isRawNumber(value) ? Number(value.rawJSON) : value);

export type JsonObject = Record<string, unknown>;

/** An ordinary object, neither a list nor a raw number. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !json.isRawJSON(value);
}

/** Sets a key that a user chose: `__proto__` is a key like any other. */
export function setKey(object: JsonObject, key: string, value: unknown): void {
  if (key === "__proto__") {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else object[key] = value;
}

/** What decoding errors call a value. */
export function jsonTypeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value === "object" && !isRawNumber(value) ? "object" : typeof value === "string" ? "string" : "number";
}
