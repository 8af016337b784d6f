/** How each leaf type of the tables travels: as a plain value, or as a small message of its own. */
import type { Scalar } from "#api/model.ts";
import { isRawNumber, JsonSyntaxError, JsonText, parseJsonText, rawNumber } from "../codec/index.ts";
import { parseQuantity } from "../quantity/index.ts";
import { ProtobufError, type Reader, wireBytes, wireFixed64, wireVarint } from "./reader.ts";
import { readTime, writeTime } from "./time.ts";
import type { Writer } from "./writer.ts";

export interface ScalarForm {
  readonly wire: number;
  /** Writes the value without tag and length. */
  write(writer: Writer, value: unknown): void;
  /** Reads the value; of a message: its fields up to its end. Undefined: JSON has no such value. */
  read(reader: Reader): unknown;
  /** The zero value, for `write`; undefined where nothing is written for it. */
  readonly zero: unknown;
}

const string: ScalarForm = {
  wire: wireBytes,
  write: (writer, value) => writer.utf8(String(value)),
  read: (reader) => reader.text(),
  zero: "",
};

const bytes: ScalarForm = {
  wire: wireBytes,
  write: (writer, value) => writer.raw(Buffer.from(String(value), "base64")),
  read: (reader) => reader.base64(),
  zero: undefined,
};

const bool: ScalarForm = {
  wire: wireVarint,
  write: (writer, value) => writer.varint(value ? 1 : 0),
  read: (reader) => reader.bool(),
  zero: false,
};

function writeInteger(writer: Writer, value: unknown): void {
  if (typeof value === "number" && value >= 0 && Number.isSafeInteger(value)) writer.varint(value);
  else writer.bigVarint(BigInt(isRawNumber(value) ? value.rawJSON : String(value)));
}

const int32: ScalarForm = { wire: wireVarint, write: writeInteger, read: (reader) => reader.int32(), zero: 0 };

const int64: ScalarForm = {
  wire: wireVarint,
  write: writeInteger,
  read(reader) {
    const value = reader.int64();
    return typeof value === "number" ? value : rawNumber(String(value));
  },
  zero: 0,
};

const float64: ScalarForm = {
  wire: wireFixed64,
  write: (writer, value) => writer.double(Number(value)),
  read(reader) {
    const value = reader.double();
    if (!Number.isFinite(value)) throw new ProtobufError(`json: unsupported value: ${value}`);
    return value;
  },
  zero: 0,
};

/** The only field of a message, `{1: text}`. */
function readOnlyText(reader: Reader): string {
  const outer = reader.open();
  let text = "";
  while (reader.more) {
    const tag = reader.tag("Quantity");
    if (tag === 8 + wireBytes) text = reader.text();
    else reader.skip(tag);
  }
  reader.close(outer);
  return text;
}

function writeOnlyText(writer: Writer, text: string): void {
  const before = writer.size;
  writer.utf8(text);
  writer.delimit(1, before);
}

/** Quantities repeat from object to object. */
const canonicalQuantities = new Map<string, string>([["", "0"]]);
const canonicalQuantitiesMax = 4096;

function canonicalQuantity(text: string): string {
  const known = canonicalQuantities.get(text);
  if (known !== undefined) return known;
  let canonical: string;
  try {
    canonical = parseQuantity(text).toString();
  } catch (error) {
    throw new ProtobufError((error as Error).message, { cause: error });
  }
  if (canonicalQuantities.size >= canonicalQuantitiesMax) canonicalQuantities.clear();
  if (text.length <= 32) canonicalQuantities.set(text, canonical);
  return canonical;
}

const quantity: ScalarForm = {
  wire: wireBytes,
  write: (writer, value) => writeOnlyText(writer, String(value)),
  read: (reader) => canonicalQuantity(readOnlyText(reader)),
  zero: "0",
};

/** `{1: type, 2: intVal, 3: strVal}`, of which all are written. */
const intOrString: ScalarForm = {
  wire: wireBytes,
  write(writer, value) {
    const isText = typeof value === "string";
    const before = writer.size;
    if (isText) writer.utf8(value);
    writer.delimit(3, before);
    writeInteger(writer, isText ? 0 : value);
    writer.tag(2, wireVarint);
    writer.varint(isText ? 1 : 0);
    writer.tag(1, wireVarint);
  },
  read(reader) {
    const outer = reader.open();
    let type = 0;
    let number = 0;
    let text = "";
    while (reader.more) {
      const tag = reader.tag("IntOrString");
      if (tag === 8 + wireVarint) type = reader.int32();
      else if (tag === 16 + wireVarint) number = reader.int32();
      else if (tag === 24 + wireBytes) text = reader.text();
      else reader.skip(tag);
    }
    reader.close(outer);
    if (type !== 0 && type !== 1) throw new ProtobufError("impossible IntOrString.Type");
    return type === 1 ? text : number;
  },
  zero: 0,
};

/** Stands for the zero of what Go holds by value and writes as an empty message. */
const emptyMessage = Symbol("empty");

/** The JSON in `{1: bytes}`; undefined where there is none. */
function readRawJson(reader: Reader): unknown {
  const bytes = readRaw(reader);
  return bytes && parseRaw(bytes);
}

/** The bytes of a message `{1: bytes}`; undefined where there are none. */
export function readRaw(reader: Reader): Buffer | undefined {
  const outer = reader.open();
  let bytes: Buffer | undefined;
  while (reader.more) {
    const tag = reader.tag("RawExtension");
    if (tag === 8 + wireBytes) bytes = reader.bytes();
    else reader.skip(tag);
  }
  reader.close(outer);
  return bytes?.length ? bytes : undefined;
}

export function parseRaw(bytes: Buffer): unknown {
  try {
    return parseJsonText(bytes.toString("utf8")).value ?? undefined;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new ProtobufError(`embedded JSON cannot be parsed: ${error.message}`, { cause: error });
  }
}

const rawJson: ScalarForm = {
  wire: wireBytes,
  write(writer, value) {
    if (value !== emptyMessage) writeOnlyText(writer, JSON.stringify(value));
  },
  read: readRawJson,
  zero: emptyMessage,
};

const fieldsV1: ScalarForm = {
  ...rawJson,
  write(writer, value) {
    if (!(value instanceof JsonText)) return rawJson.write(writer, value);
    const before = writer.size;
    writer.raw(value.bytes);
    writer.delimit(1, before);
  },
};

const timeForm = (precision: "second" | "micro"): ScalarForm => ({
  wire: wireBytes,
  write(writer, value) {
    if (value !== emptyMessage) writeTime(writer, String(value), precision);
  },
  read: (reader) => readTime(reader, precision),
  zero: emptyMessage,
});

const forms: Partial<Record<Scalar, ScalarForm>> = {
  string,
  bytes,
  bool,
  int32,
  int64,
  float64,
  quantity,
  intOrString,
  time: timeForm("second"),
  microTime: timeForm("micro"),
  raw: rawJson,
  json: rawJson,
  fieldsV1,
};

/** Throws for a type that never travels as protobuf. */
export function formOf(scalar: Scalar): ScalarForm {
  const form = forms[scalar];
  if (!form) throw new Error(`a field of type ${scalar} has no protobuf form`);
  return form;
}

/** Types that are plain values in Go, and therefore left out of JSON when zero. */
export const isPlain = (scalar: Scalar): boolean =>
  scalar === "string" || scalar === "bool" || scalar === "int32" || scalar === "int64" || scalar === "float64";
