/** From one scalar type to another. */
import { int64Max, int64Min } from "#pkg/apimachinery/quantity/decimal.ts";
import { type Library, overload } from "../functions.ts";
import { CelError, Duration, type Timestamp, type Uint, type Value } from "../values.ts";
import { ensureInt, ensureTimestamp, ensureUint } from "./arithmetic.ts";
import { formatDuration, formatTimestamp, parseDuration, parseTimestamp } from "./time-text.ts";

const parseError = (what: string, text: string, why: string): CelError =>
  new CelError(`strconv.${what}: parsing ${JSON.stringify(text)}: ${why}`);

function parseInteger(text: string, what: "ParseInt" | "ParseUint"): bigint {
  if (!(what === "ParseInt" ? /^[+-]?\d+$/ : /^\d+$/).test(text)) throw parseError(what, text, "invalid syntax");
  const value = BigInt(text.replace(/^\+/, ""));
  const isOut = what === "ParseInt" ? value > int64Max || value < int64Min : value > 2n ** 64n - 1n;
  if (isOut) throw parseError(what, text, "value out of range");
  return value;
}

function parseDouble(text: string): number {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) throw parseError("ParseFloat", text, "invalid syntax");
  const value = Number(text);
  if (!Number.isFinite(value)) throw parseError("ParseFloat", text, "value out of range");
  return value;
}

/** Towards zero. Throws CelError outside of the bounds, which are no numbers of the type themselves. */
function truncate(value: number, min: number, max: number, message: string): bigint {
  if (!(value > min && value < max)) throw new CelError(message);
  return BigInt(Math.trunc(value));
}

const texts: readonly string[] = ["True", "TRUE", "true", "t", "T", "1"];
const untexts: readonly string[] = ["False", "FALSE", "false", "f", "F", "0"];

function parseBool(text: string): boolean {
  if (texts.includes(text)) return true;
  if (untexts.includes(text)) return false;
  throw new CelError("type conversion error from 'string' to 'bool'");
}

/** The shortest text that reads as the same number, with an exponent where that is usual. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  if (value === 0) return "0";
  const [mantissa = "", exponentText = "0"] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) return plainDouble(value);
  const sign = exponent < 0 ? "-" : "+";
  return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const plainDouble = (value: number): string => {
  const text = String(value);
  return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
};

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CelError("invalid UTF-8 in bytes, cannot convert to string", { cause });
  }
}

const seconds = (ns: bigint): bigint => (ns < 0n ? -((-ns + 999_999_999n) / 1_000_000_000n) : ns / 1_000_000_000n);

const toInt: Library = [
  overload("int64_to_int64", "int(int): int", ([a]: readonly bigint[]) => a as bigint),
  overload("uint64_to_int64", "int(uint): int", ([a]: readonly Uint[]) => ensureInt((a as Uint).value)),
  overload("double_to_int64", "int(double): int", ([a]: readonly number[]) =>
    truncate(a as number, -(2 ** 63), 2 ** 63, "integer overflow"),
  ),
  overload("string_to_int64", "int(string): int", ([a]: readonly string[]) => parseInteger(a as string, "ParseInt")),
  overload("timestamp_to_int64", "int(timestamp): int", ([a]: readonly Timestamp[]) => seconds((a as Timestamp).ns)),
  overload("duration_to_int64", "int(duration): int", ([a]: readonly Duration[]) => (a as Duration).ns),
];

const toUint: Library = [
  overload("uint64_to_uint64", "uint(uint): uint", ([a]: readonly Uint[]) => a as Uint),
  overload("int64_to_uint64", "uint(int): uint", ([a]: readonly bigint[]) => ensureUint(a as bigint)),
  overload("double_to_uint64", "uint(double): uint", ([a]: readonly number[]) =>
    ensureUint(truncate(a as number, -1, 2 ** 64, "unsigned integer overflow")),
  ),
  overload("string_to_uint64", "uint(string): uint", ([a]: readonly string[]) =>
    ensureUint(parseInteger(a as string, "ParseUint")),
  ),
];

const toDouble: Library = [
  overload("double_to_double", "double(double): double", ([a]: readonly number[]) => a as number),
  overload("int64_to_double", "double(int): double", ([a]: readonly bigint[]) => Number(a)),
  overload("uint64_to_double", "double(uint): double", ([a]: readonly Uint[]) => Number((a as Uint).value)),
  overload("string_to_double", "double(string): double", ([a]: readonly string[]) => parseDouble(a as string)),
];

const toText: Library = [
  overload("string_to_string", "string(string): string", ([a]: readonly string[]) => a as string),
  overload("bool_to_string", "string(bool): string", ([a]: readonly boolean[]) => String(a)),
  overload("int64_to_string", "string(int): string", ([a]: readonly bigint[]) => String(a)),
  overload("uint64_to_string", "string(uint): string", ([a]: readonly Uint[]) => String((a as Uint).value)),
  overload("double_to_string", "string(double): string", ([a]: readonly number[]) => formatDouble(a as number)),
  overload("bytes_to_string", "string(bytes): string", ([a]: readonly Uint8Array[]) => decodeText(a as Uint8Array)),
  overload("timestamp_to_string", "string(timestamp): string", ([a]: readonly Timestamp[]) =>
    formatTimestamp(a as Timestamp),
  ),
  overload("duration_to_string", "string(duration): string", ([a]: readonly Duration[]) =>
    formatDuration(a as Duration),
  ),
];

const toOthers: Library = [
  overload("bool_to_bool", "bool(bool): bool", ([a]: readonly boolean[]) => a as boolean),
  overload("string_to_bool", "bool(string): bool", ([a]: readonly string[]) => parseBool(a as string)),
  overload("bytes_to_bytes", "bytes(bytes): bytes", ([a]: readonly Uint8Array[]) => a as Uint8Array),
  overload("string_to_bytes", "bytes(string): bytes", ([a]: readonly string[]) => Buffer.from(a as string)),
  overload("duration_to_duration", "duration(duration): duration", ([a]: readonly Duration[]) => a as Value),
  overload("int64_to_duration", "duration(int): duration", ([a]: readonly bigint[]) => new Duration(a as bigint)),
  overload("string_to_duration", "duration(string): duration", ([a]: readonly string[]) => parseDuration(a as string)),
  overload("timestamp_to_timestamp", "timestamp(timestamp): timestamp", ([a]: readonly Timestamp[]) => a as Value),
  overload("int64_to_timestamp", "timestamp(int): timestamp", ([a]: readonly bigint[]) =>
    ensureTimestamp((a as bigint) * 1_000_000_000n),
  ),
  overload("string_to_timestamp", "timestamp(string): timestamp", ([a]: readonly string[]) =>
    parseTimestamp(a as string),
  ),
];

export const conversions: Library = [...toInt, ...toUint, ...toDouble, ...toText, ...toOthers];
