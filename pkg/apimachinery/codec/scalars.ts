/** How each scalar of the tables is read and what Go writes for its zero value. */
import type { Scalar } from "#api/model.ts";
import { parseQuantity } from "../quantity/index.ts";
import { canonicalTime, type TimePrecision } from "../time/index.ts";
import { canonicalBase64 } from "./base64.ts";
import type { DecodeContext } from "./context.ts";
import { decodeGeneric, decodeRaw } from "./generic.ts";
import { isRawNumber } from "./raw-json.ts";

/** How values of one type are decoded. */
export interface Decoder {
  /** The type's name in errors. */
  readonly goName: string;
  /** The normalised value; undefined for null, and after a saved error. `kept`: names of members that are decoded already. */
  decode(value: unknown, context: DecodeContext, kept?: ReadonlySet<string>): unknown;
  /** What Go writes for the zero value. */
  zero(): unknown;
  /** Whether `omitempty` leaves this value out. */
  isEmpty(value: unknown): boolean;
}

const never = () => false;
const nil = () => null;

function stringDecoder(goName: string): Decoder {
  return {
    goName,
    decode(value, context) {
      if (typeof value === "string") return value;
      return value === null ? undefined : context.wrongType(value, goName);
    },
    zero: () => "",
    isEmpty: (value) => value === "",
  };
}

function boolDecoder(goName: string): Decoder {
  return {
    goName,
    decode(value, context) {
      if (typeof value === "boolean") return value;
      return value === null ? undefined : context.wrongType(value, goName);
    },
    zero: () => false,
    isEmpty: (value) => value === false,
  };
}

/** An integer within `bits`, exact; undefined where the number is none. */
function readInteger(value: unknown, bits: 32 | 64): unknown {
  if (typeof value === "number") {
    if (bits === 32) return (value | 0) === value ? value | 0 : undefined;
    return Number.isSafeInteger(value) ? value + 0 : undefined;
  }
  if (!isRawNumber(value) || !/^-?\d+$/.test(value.rawJSON)) return undefined;
  const exact = BigInt(value.rawJSON);
  if (BigInt.asIntN(bits, exact) !== exact) return undefined;
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : value;
}

function integerDecoder(goName: string, bits: 32 | 64): Decoder {
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      if (typeof value !== "number" && !isRawNumber(value)) return context.wrongType(value, goName);
      return readInteger(value, bits) ?? context.wrongNumber(value, goName);
    },
    zero: () => 0,
    isEmpty: (value) => value === 0,
  };
}

function floatDecoder(goName: string): Decoder {
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      if (typeof value === "number") return value;
      if (!isRawNumber(value)) return context.wrongType(value, goName);
      const number = Number(value.rawJSON);
      return Number.isFinite(number) ? number : context.wrongNumber(value, goName);
    },
    zero: () => 0,
    isEmpty: (value) => value === 0,
  };
}

function bytesDecoder(): Decoder {
  const goName = "[]uint8";
  return {
    goName,
    decode(value, context) {
      if (value === null) return undefined;
      if (Array.isArray(value) && value.every((item) => Number.isInteger(item) && item >= 0 && item < 256)) {
        return Buffer.from(value).toString("base64");
      }
      if (typeof value !== "string") return context.wrongType(value, goName);
      const result = canonicalBase64(value);
      return "text" in result ? result.text : context.wrongValue(`illegal base64 data at input byte ${result.wrongAt}`);
    },
    zero: nil,
    isEmpty: (value) => value === "",
  };
}

/** Quantities repeat from object to object. */
const canonicalQuantities = new Map<string, string>();
const canonicalQuantitiesMax = 4096;

function canonicalQuantity(text: string): string {
  const known = canonicalQuantities.get(text);
  if (known !== undefined) return known;
  const canonical = parseQuantity(text.trim()).toString();
  if (canonicalQuantities.size >= canonicalQuantitiesMax) canonicalQuantities.clear();
  if (text.length <= 32) canonicalQuantities.set(text, canonical);
  return canonical;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const quantityDecoder: Decoder = {
  goName: "resource.Quantity",
  decode(value, context) {
    if (value === null) return undefined;
    const text = isRawNumber(value) ? value.rawJSON : typeof value === "object" ? "{}" : String(value);
    try {
      return canonicalQuantity(text);
    } catch (error) {
      return context.fail(messageOf(error));
    }
  },
  zero: () => "0",
  isEmpty: never,
};

const intOrStringDecoder: Decoder = {
  goName: "intstr.IntOrString",
  decode(value, context) {
    if (typeof value === "string") return value;
    if (value === null) return undefined;
    if (typeof value !== "number" && !isRawNumber(value)) throw context.typeErrorOf(value, "int32");
    const number = readInteger(value, 32);
    if (number === undefined) throw context.numberErrorOf(value, "int32");
    return number;
  },
  zero: () => 0,
  isEmpty: never,
};

/** Many objects are of one second, and every write reads the times of what it does not change. */
const knownTimesMax = 1024;

function timeDecoder(precision: TimePrecision): Decoder {
  const canonical = new Set<string>();
  const read = (text: string): string | undefined => {
    if (canonical.has(text)) return text;
    const found = canonicalTime(text, precision) ?? undefined;
    if (found === text) {
      if (canonical.size >= knownTimesMax) canonical.clear();
      canonical.add(text);
    }
    return found;
  };
  return {
    goName: precision === "micro" ? "v1.MicroTime" : "v1.Time",
    decode(value, context) {
      if (value === null) return undefined;
      if (typeof value !== "string") throw context.typeErrorOf(value, "string");
      try {
        return read(value);
      } catch (error) {
        return context.fail(messageOf(error));
      }
    },
    zero: nil,
    isEmpty: never,
  };
}

function rawDecoder(goName: string): Decoder {
  return {
    goName,
    decode: (value, context) => (value === null ? undefined : decodeRaw(value, context)),
    zero: nil,
    isEmpty: never,
  };
}

const genericDecoder: Decoder = {
  goName: "interface {}",
  decode: (value, context) => (value === null ? undefined : decodeGeneric(value, context)),
  zero: nil,
  isEmpty: (value) => value === null,
};

/** FieldsV1 holds an object of objects; Go keeps its bytes without a look. */
const makers: Record<Scalar, (goName: string | undefined) => Decoder> = {
  string: (goName) => stringDecoder(goName ?? "string"),
  bool: (goName) => boolDecoder(goName ?? "bool"),
  int32: (goName) => integerDecoder(goName ?? "int32", 32),
  int64: (goName) => integerDecoder(goName ?? "int64", 64),
  float64: (goName) => floatDecoder(goName ?? "float64"),
  bytes: bytesDecoder,
  quantity: () => quantityDecoder,
  intOrString: () => intOrStringDecoder,
  time: () => timeDecoder("second"),
  microTime: () => timeDecoder("micro"),
  raw: () => rawDecoder("runtime.RawExtension"),
  json: () => rawDecoder("v1.JSON"),
  fieldsV1: () => rawDecoder("v1.FieldsV1"),
  any: () => genericDecoder,
};

export const scalarDecoder = (scalar: Scalar, goName?: string): Decoder => makers[scalar](goName);
