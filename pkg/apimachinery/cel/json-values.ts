/** JSON as values of expressions, and back. Objects are read member by member, when they are asked for. */
import { isRawNumber } from "#pkg/apimachinery/codec/raw-json.ts";
import { formatDuration, formatTimestamp } from "./library/time-text.ts";
import { CelError, Duration, isMap, ListValue, type MapValue, Timestamp, Uint, type Value } from "./values.ts";

type Json = Readonly<Record<string, unknown>>;

/** How a schema reads what is below a value; undefined: as JSON says it. */
export interface JsonShape {
  /** The value itself; undefined: as JSON says it. */
  readonly read?: (value: unknown) => Value | undefined;
  readonly items?: JsonShape | undefined;
  readonly identity?: ListValue["identity"];
  /** The member that an expression calls `name`, with its name in JSON; undefined: there is none. */
  readonly member?: (name: string) => { readonly key: string; readonly shape: JsonShape | undefined } | undefined;
  /** What expressions call a member; undefined: they cannot. */
  readonly nameOf?: (key: string) => string | undefined;
}

class JsonMap implements MapValue {
  readonly isMap = true;
  readonly #json: Json;
  readonly #shape: JsonShape | undefined;
  readonly #made = new Map<string, Value>();

  constructor(json: Json, shape: JsonShape | undefined) {
    this.#json = json;
    this.#shape = shape;
  }

  get size(): number {
    return Object.keys(this.#json).length;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const member = this.#shape?.member ? this.#shape.member(key) : { key, shape: undefined };
    if (!member || !Object.hasOwn(this.#json, member.key)) return undefined;
    const value = fromJson(this.#json[member.key], member.shape);
    this.#made.set(key, value);
    return value;
  }

  *keys(): Iterable<Value> {
    for (const key of Object.keys(this.#json)) {
      const name = this.#shape?.nameOf ? this.#shape.nameOf(key) : key;
      if (name !== undefined) yield name;
    }
  }
}

export function fromJson(value: unknown, shape?: JsonShape): Value {
  const read = shape?.read?.(value);
  if (read !== undefined) return read;
  if (value === null || value === undefined) return null;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isInteger(value) ? BigInt(value) : value;
    case "bigint":
      return value;
  }
  if (isRawNumber(value)) return BigInt(value.rawJSON);
  if (Array.isArray(value))
    return new ListValue(
      value.map((item) => fromJson(item, shape?.items)),
      shape?.identity,
    );
  return new JsonMap(value as Json, shape);
}

/** Throws CelError for a value that JSON cannot say. */
export function toJson(value: Value): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return numberOf(value);
  if (value instanceof Uint) return numberOf(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof ListValue) return value.items.map(toJson);
  if (!isMap(value)) throw new CelError("the value has no form in JSON");
  return Object.fromEntries([...value.keys()].map((key) => [String(key), toJson(value.get(key) as Value)]));
}

const numberOf = (value: bigint): unknown =>
  Number.isSafeInteger(Number(value))
    ? Number(value)
    : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
