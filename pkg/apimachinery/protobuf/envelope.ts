/** `k8s\0` and runtime.Unknown: what every protobuf body of the API is wrapped in. */
import { badRequest } from "../status-error.ts";
import { ProtobufError, Reader } from "./reader.ts";
import { writeScalar } from "./scalars.ts";
import { Writer, wireBytes } from "./writer.ts";

const magic = Buffer.from("k8s\0", "latin1");

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The message of the object. */
  readonly raw: Buffer;
}

export function encodeEnvelope({ apiVersion, kind }: { apiVersion: string; kind: string }, raw: Buffer): Buffer {
  const writer = new Writer();
  // contentType and contentEncoding: empty, and written, as the reference does.
  writeScalar(writer, 4, "string", "");
  writeScalar(writer, 3, "string", "");
  const beforeRaw = writer.size;
  writer.raw(raw);
  writer.delimit(2, beforeRaw);
  const beforeMeta = writer.size;
  writeScalar(writer, 2, "string", kind);
  writeScalar(writer, 1, "string", apiVersion);
  writer.delimit(1, beforeMeta);
  writer.raw(magic);
  return writer.take();
}

export const isEnvelope = (bytes: Buffer): boolean => bytes.subarray(0, magic.length).equals(magic);

/** Throws StatusError BadRequest when it is none. */
export function decodeEnvelope(bytes: Buffer): Envelope {
  if (!isEnvelope(bytes)) {
    throw badRequest("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
  }
  try {
    return readUnknown(new Reader(bytes.subarray(magic.length)));
  } catch (error) {
    if (error instanceof ProtobufError) throw badRequest(`proto: Unknown: ${error.message}`);
    throw error;
  }
}

function readUnknown(reader: Reader): Envelope {
  const out = { apiVersion: "", kind: "", raw: Buffer.alloc(0) as Buffer };
  for (const { number, wire } of reader.fields()) {
    if (number === 2) out.raw = reader.expect(wire, wireBytes).bytes();
    else if (number !== 1) reader.skip(wire);
    else {
      const meta = new Reader(reader.expect(wire, wireBytes).bytes());
      for (const field of meta.fields()) {
        const text = meta.expect(field.wire, wireBytes).bytes().toString("utf8");
        if (field.number === 1) out.apiVersion = text;
        else if (field.number === 2) out.kind = text;
      }
    }
  }
  return out;
}
