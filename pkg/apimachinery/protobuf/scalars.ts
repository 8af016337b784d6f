/** The leaf types that are messages of their own in protobuf, and those that are not. */
import type { Scalar } from "#api/model.ts";
import { isRawNumber, rawNumber } from "../codec/index.ts";
import { ProtobufError, Reader } from "./reader.ts";
import { type Writer, wireBytes, wireFixed64, wireVarint } from "./writer.ts";

/** Writes one field, tag included. */
export function writeScalar(writer: Writer, number: number, scalar: Scalar, value: unknown): void {
  const before = writer.size;
  switch (scalar) {
    case "string":
      writer.utf8(String(value));
      return writer.delimit(number, before);
    case "bytes":
      writer.raw(Buffer.from(String(value), "base64"));
      return writer.delimit(number, before);
    case "bool":
      writer.varint(value ? 1 : 0);
      return writer.tag(number, wireVarint);
    case "int32":
    case "int64":
      writeInteger(writer, value);
      return writer.tag(number, wireVarint);
    case "float64":
      writer.double(Number(value));
      return writer.tag(number, wireFixed64);
    default:
      writeWrapped(writer, scalar, value);
      return writer.delimit(number, before);
  }
}

function writeInteger(writer: Writer, value: unknown): void {
  if (typeof value === "number" && value >= 0 && Number.isSafeInteger(value)) writer.varint(value);
  else writer.bigVarint(BigInt(isRawNumber(value) ? (value as { rawJSON: string }).rawJSON : String(value)));
}

/** The content of a leaf that protobuf wraps in a message. */
function writeWrapped(writer: Writer, scalar: Scalar, value: unknown): void {
  if (scalar === "quantity") writeScalar(writer, 1, "string", value);
  else if (scalar === "time" || scalar === "microTime") writeTime(writer, String(value));
  else if (scalar === "intOrString") writeIntOrString(writer, value);
  else writeScalar(writer, 1, "string", JSON.stringify(value));
}

function writeTime(writer: Writer, text: string): void {
  const ms = Date.parse(text);
  const fraction = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  const nanos = Number(fraction.padEnd(9, "0"));
  writeScalar(writer, 2, "int32", nanos);
  writeScalar(writer, 1, "int64", Math.floor(ms / 1000));
}

function writeIntOrString(writer: Writer, value: unknown): void {
  const isText = typeof value === "string";
  writeScalar(writer, 3, "string", isText ? value : "");
  writeScalar(writer, 2, "int32", isText ? 0 : value);
  writeScalar(writer, 1, "int64", isText ? 1 : 0);
}

/** Reads one value at the reader, whose tag has been read. */
export function readScalar(reader: Reader, scalar: Scalar, wire: number): unknown {
  switch (scalar) {
    case "bool":
      return reader.expect(wire, wireVarint).varint() !== 0n;
    case "int32":
      return Number(BigInt.asIntN(32, reader.expect(wire, wireVarint).varint()));
    case "int64":
      return exactInteger(BigInt.asIntN(64, reader.expect(wire, wireVarint).varint()));
    case "float64":
      return reader.expect(wire, wireFixed64).double();
    case "string":
      return reader.expect(wire, wireBytes).bytes().toString("utf8");
    case "bytes":
      return reader.expect(wire, wireBytes).bytes().toString("base64");
    default:
      return readWrapped(new Reader(reader.expect(wire, wireBytes).bytes()), scalar);
  }
}

function exactInteger(value: bigint): unknown {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : rawNumber(String(value));
}

function readWrapped(reader: Reader, scalar: Scalar): unknown {
  const fields = new Map<number, bigint | Buffer>();
  for (const { number, wire } of reader.fields()) {
    if (wire === wireVarint) fields.set(number, reader.varint());
    else if (wire === wireBytes) fields.set(number, reader.bytes());
    else reader.skip(wire);
  }
  const text = (number: number) => {
    const found = fields.get(number);
    return Buffer.isBuffer(found) ? found.toString("utf8") : "";
  };
  const integer = (number: number) => {
    const found = fields.get(number);
    return typeof found === "bigint" ? Number(BigInt.asIntN(64, found)) : 0;
  };
  if (scalar === "quantity") return text(1) || "0";
  if (scalar === "intOrString") return integer(1) === 1 ? text(3) : Number(BigInt.asIntN(32, BigInt(integer(2))));
  if (scalar === "time" || scalar === "microTime")
    return fields.size === 0 ? null : timeText(integer(1), integer(2), scalar);
  return parseJson(text(1));
}

/** Year one is Go's zero time, which JSON writes as null. */
const goZeroSeconds = -62_135_596_800;

function timeText(seconds: number, nanos: number, scalar: "time" | "microTime"): string | null {
  if (seconds === goZeroSeconds) return null;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new ProtobufError(`time out of range: ${seconds} s`);
  const whole = date.toISOString().slice(0, 19);
  return scalar === "time" ? `${whole}Z` : `${whole}.${String(Math.floor(nanos / 1000)).padStart(6, "0")}Z`;
}

function parseJson(text: string): unknown {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProtobufError("embedded JSON cannot be parsed", { cause });
  }
}
