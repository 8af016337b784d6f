/** `"%s of %d".format([…])`. */
import { typeOfValue } from "../runtime-types.ts";
import { runtimeName } from "../types.ts";
import { CelError, Duration, isMap, ListValue, Timestamp, TypeValue, Uint, type Value } from "../values.ts";
import { formatDouble } from "./conversions.ts";
import { formatDuration, formatTimestamp } from "./time-text.ts";

const defaultPrecision = 6;
const precisionMax = 100;

/** Throws CelError. */
export function formatText(text: string, args: readonly Value[]): string {
  let used = 0;
  const out = text.replace(
    /%(?:%|(?:\.(\d+))?(.)?)/gsu,
    (whole, precision: string | undefined, verb: string | undefined) => {
      if (whole === "%%") return "%";
      if (verb === undefined) throw new CelError("unexpected end of string");
      if (used >= args.length) throw new CelError(`index ${used} out of range`);
      const value = args[used++] as Value;
      return clause(verb, value, precision === undefined ? undefined : Math.min(Number(precision), precisionMax));
    },
  );
  if (used < args.length) {
    throw new CelError(`too many arguments supplied to string.format (expected ${used}, got ${args.length})`);
  }
  return out;
}

function clause(verb: string, value: Value, precision: number | undefined): string {
  switch (verb) {
    case "s":
      return shown(value);
    case "d":
      return decimal(value);
    case "f":
      return real(value, (number) => number.toFixed(precision ?? defaultPrecision));
    case "e":
      return real(value, (number) =>
        number.toExponential(precision ?? defaultPrecision).replace(/e([+-])(\d)$/, "e$10$2"),
      );
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : whole(value, 2);
    case "o":
      return whole(value, 8);
    case "x":
      return hexadecimal(value);
    case "X":
      return hexadecimal(value).toUpperCase();
    default:
      throw new CelError(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

const wrong = (what: string, value: Value): CelError =>
  new CelError(`error during formatting: ${what}, was given ${runtimeName(typeOfValue(value))}`);

function decimal(value: Value): string {
  if (typeof value === "bigint") return String(value);
  if (value instanceof Uint) return String(value.value);
  if (typeof value === "number" && !Number.isFinite(value)) return shown(value);
  throw wrong("decimal clause can only be used on integers", value);
}

function real(value: Value, format: (number: number) => string): string {
  if (typeof value === "number") return Number.isFinite(value) ? format(value) : shown(value);
  if (typeof value === "bigint") return format(Number(value));
  if (value instanceof Uint) return format(Number(value.value));
  throw wrong("fixed-point clause can only be used on doubles", value);
}

function whole(value: Value, radix: number): string {
  if (typeof value === "bigint") return value.toString(radix);
  if (value instanceof Uint) return value.value.toString(radix);
  throw wrong("only integers can be formatted this way", value);
}

function hexadecimal(value: Value): string {
  if (typeof value === "string") return Buffer.from(value).toString("hex");
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return whole(value, 16);
}

function shown(value: Value): string {
  if (typeof value === "string") return value;
  if (typeof value === "bigint" || typeof value === "boolean" || value === null) return String(value);
  if (typeof value === "number") {
    if (Number.isFinite(value)) return formatDouble(value);
    return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  }
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof TypeValue) return runtimeName(value.type);
  if (value instanceof ListValue) return `[${value.items.map(shown).join(", ")}]`;
  if (!isMap(value))
    throw wrong(
      "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps",
      value,
    );
  const pairs = [...value.keys()].map((key) => [shown(key), shown(value.get(key) as Value)] as const);
  return `{${pairs
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, one]) => `${key}: ${one}`)
    .join(", ")}}`;
}
