/** `k8s\0` and runtime.Unknown: what every protobuf body of the API is wrapped in. */
import { ensureWire, ProtobufError, Reader, wireBytes } from "./reader.ts";
import { Writer } from "./writer.ts";

const magic = Buffer.from("k8s\0", "latin1");

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message of the object: a view of the bytes it came in. */
  readonly raw: Buffer;
}

/** `{1: {1: apiVersion, 2: kind}, 2: raw, 3: contentEncoding, 4: contentType}`; the last two are empty, and written. */
export function encodeEnvelope(identity: { apiVersion: string; kind: string }, raw: Buffer): Buffer {
  const { head, tail } = envelopeAround(identity, raw.length);
  return Buffer.concat([head, raw, tail]);
}

/** What stands before and behind a message of so many bytes. */
export const envelopeAround = (
  { apiVersion, kind }: { apiVersion: string; kind: string },
  rawBytes: number,
): { readonly head: Buffer; readonly tail: Buffer } => ({ head: headOf(apiVersion, kind, rawBytes), tail });

const tail = Buffer.from([0x1a, 0, 0x22, 0]);
const heads = new Writer();

function headOf(apiVersion: string, kind: string, rawBytes: number): Buffer {
  heads.varint(rawBytes);
  heads.tag(2, wireBytes);
  const before = heads.size;
  heads.utf8(kind);
  heads.delimit(2, before);
  const beforeVersion = heads.size;
  heads.utf8(apiVersion);
  heads.delimit(1, beforeVersion);
  heads.delimit(1, before);
  heads.raw(magic);
  return heads.take();
}

const notEnvelope = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";

export const isEnvelope = (bytes: Buffer): boolean => bytes.subarray(0, magic.length).equals(magic);

/** Throws ProtobufError when it is none. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  if (bytes.length === 0) throw new ProtobufError("empty data");
  if (!isEnvelope(bytes)) throw new ProtobufError(notEnvelope);
  if (bytes.length === magic.length) throw new ProtobufError("empty body");
  return readEnvelope(bytes);
}

/** The envelope, its prefix taken for granted. Throws ProtobufError. */
export function readEnvelope(bytes: Buffer): Envelope {
  const reader = new Reader(bytes.subarray(magic.length));
  let meta = { apiVersion: "", kind: "" };
  let raw: Buffer = Buffer.alloc(0);
  while (reader.more) {
    const tag = reader.tag("Unknown");
    if (tag >>> 3 === 1) {
      ensureWire(tag, wireBytes, "TypeMeta");
      meta = readTypeMeta(reader);
    } else if (tag >>> 3 === 2) {
      ensureWire(tag, wireBytes, "Raw");
      raw = reader.bytes();
    } else reader.skip(tag);
  }
  return { ...meta, raw };
}

function readTypeMeta(reader: Reader): { apiVersion: string; kind: string } {
  const outer = reader.open();
  const meta = { apiVersion: "", kind: "" };
  while (reader.more) {
    const tag = reader.tag("TypeMeta");
    if (tag === 8 + wireBytes) meta.apiVersion = reader.text();
    else if (tag === 16 + wireBytes) meta.kind = reader.text();
    else reader.skip(tag);
  }
  reader.close(outer);
  return meta;
}
