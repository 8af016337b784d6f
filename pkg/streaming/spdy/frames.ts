/** Frames of SPDY/3.1 as bytes. Pure. */

export const frameType = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

export type Frame =
  | { readonly kind: "data"; readonly streamId: number; readonly fin: boolean; readonly data: Buffer }
  | {
      readonly kind: "synStream" | "synReply" | "headers";
      readonly streamId: number;
      readonly fin: boolean;
      /** Compressed. */
      readonly block: Buffer;
    }
  | { readonly kind: "rstStream"; readonly streamId: number; readonly status: number }
  | { readonly kind: "settings"; readonly initialWindow: number | undefined }
  | { readonly kind: "ping"; readonly id: number }
  | { readonly kind: "goAway" }
  /** Stream 0 is the whole connection. */
  | { readonly kind: "windowUpdate"; readonly streamId: number; readonly delta: number }
  | { readonly kind: "unknown" };

const finFlag = 0x01;
const version = 3;
const headBytes = 8;
/** Go's peers copy through buffers of 32 KiB; anything near the protocol's 16 MiB is an attack. */
const frameBytesMax = 4 * 1024 * 1024;
const idMask = 0x7fffffff;
const initialWindowSetting = 7;

/** Cuts a byte stream into frames. */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);

  /** Yields the frames that are whole. Throws Error for bytes that are no SPDY/3.1. */
  *read(chunk: Buffer): Iterable<Frame> {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= headBytes) {
      const length = this.#bytes.readUInt32BE(4) & 0xffffff;
      if (length > frameBytesMax) throw new Error(`a SPDY frame of ${length} bytes is too large`);
      if (this.#bytes.length < headBytes + length) return;
      const frame = parseFrame(this.#bytes.subarray(0, headBytes + length));
      this.#bytes = this.#bytes.subarray(headBytes + length);
      yield frame;
    }
  }
}

function parseFrame(bytes: Buffer): Frame {
  const first = bytes.readUInt32BE(0);
  const fin = ((bytes[4] as number) & finFlag) !== 0;
  if (first < 0x80000000) return { kind: "data", streamId: first, fin, data: bytes.subarray(headBytes) };
  if (((first >>> 16) & 0x7fff) !== version) throw new Error("the peer does not speak SPDY/3");
  const body = bytes.subarray(headBytes);
  const type = first & 0xffff;
  const needed = minimumBytes.get(type) ?? 0;
  if (body.length < needed) throw new Error("a SPDY control frame is cut short");
  return parseControl(type, body, fin);
}

const minimumBytes = new Map<number, number>([
  [frameType.synStream, 10],
  [frameType.synReply, 4],
  [frameType.rstStream, 8],
  [frameType.settings, 4],
  [frameType.ping, 4],
  [frameType.headers, 4],
  [frameType.windowUpdate, 8],
]);

function parseControl(type: number, body: Buffer, fin: boolean): Frame {
  switch (type) {
    case frameType.synStream:
      return { kind: "synStream", streamId: body.readUInt32BE(0) & idMask, fin, block: body.subarray(10) };
    case frameType.synReply:
    case frameType.headers: {
      const kind = type === frameType.synReply ? "synReply" : "headers";
      return { kind, streamId: body.readUInt32BE(0) & idMask, fin, block: body.subarray(4) };
    }
    case frameType.rstStream:
      return { kind: "rstStream", streamId: body.readUInt32BE(0) & idMask, status: body.readUInt32BE(4) };
    case frameType.settings:
      return { kind: "settings", initialWindow: initialWindowOf(body) };
    case frameType.ping:
      return { kind: "ping", id: body.readUInt32BE(0) };
    case frameType.goAway:
      return { kind: "goAway" };
    case frameType.windowUpdate:
      return {
        kind: "windowUpdate",
        streamId: body.readUInt32BE(0) & idMask,
        delta: body.readUInt32BE(4) & idMask,
      };
    default:
      return { kind: "unknown" };
  }
}

function initialWindowOf(body: Buffer): number | undefined {
  const count = Math.min(body.readUInt32BE(0), Math.floor((body.length - 4) / 8));
  for (let i = 0; i < count; i++) {
    const at = 4 + i * 8;
    if ((body.readUInt32BE(at) & 0xffffff) === initialWindowSetting) return body.readUInt32BE(at + 4) & idMask;
  }
  return undefined;
}

export function dataHead(streamId: number, length: number, fin: boolean): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt32BE(streamId, 0);
  head.writeUInt32BE(length, 4);
  if (fin) head[4] = finFlag;
  return head;
}

function control(type: number, body: Buffer, fin = false): Buffer {
  const head = Buffer.alloc(headBytes);
  head.writeUInt16BE(0x8000 | version, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt32BE(body.length, 4);
  if (fin) head[4] = finFlag;
  return Buffer.concat([head, body]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
}

export const synStreamFrame = (streamId: number, block: Buffer): Buffer =>
  // No associated stream, lowest priority but one, no credential slot.
  control(frameType.synStream, Buffer.concat([words(streamId, 0), Buffer.alloc(2), block]));

export const synReplyFrame = (streamId: number, block: Buffer): Buffer =>
  control(frameType.synReply, Buffer.concat([words(streamId), block]));

export const rstStreamFrame = (streamId: number, status: number): Buffer =>
  control(frameType.rstStream, words(streamId, status));

export const pingFrame = (id: number): Buffer => control(frameType.ping, words(id));

export const goAwayFrame = (lastStreamId: number): Buffer => control(frameType.goAway, words(lastStreamId, 0));

export const windowUpdateFrame = (streamId: number, delta: number): Buffer =>
  control(frameType.windowUpdate, words(streamId, delta));
