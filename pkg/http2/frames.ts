/** HTTP/2 frames (RFC 9113, sections 4 and 6). */
import { Http2Error } from "./errors.ts";

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  resetStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const flag = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  concurrentStreamsMax: 3,
  initialWindowSize: 4,
  frameSizeMax: 5,
  headerListSizeMax: 6,
} as const;

export const errorCode = {
  none: 0,
  protocol: 1,
  internal: 2,
  flowControl: 3,
  streamClosed: 5,
  frameSize: 6,
  refusedStream: 7,
  cancel: 8,
  compression: 9,
  enhanceYourCalm: 11,
} as const;

/** What every connection begins with (section 3.4). */
export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const frameHeadBytes = 9;
/** The largest frame that may be sent without asking (section 4.2), and the largest that we take. */
export const frameBytesDefault = 16_384;
/** The largest that a peer may ask for. */
export const frameBytesLimit = 2 ** 24 - 1;
/** How much may be sent on a stream, or on the connection, before the other side has said anything (section 6.9.2). */
export const windowDefault = 65_535;
/** The largest window (section 6.9.1). */
export const windowLimit = 2 ** 31 - 1;

export interface FrameHead {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

export function writeHead(into: Buffer, at: number, { length, type, flags, stream }: FrameHead): void {
  into[at] = length >>> 16;
  into[at + 1] = length >>> 8;
  into[at + 2] = length;
  into[at + 3] = type;
  into[at + 4] = flags;
  into[at + 5] = stream >>> 24;
  into[at + 6] = stream >>> 16;
  into[at + 7] = stream >>> 8;
  into[at + 8] = stream;
}

export function buildFrame(head: Omit<FrameHead, "length">, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(frameHeadBytes + payload.length);
  writeHead(frame, 0, { ...head, length: payload.length });
  payload.copy(frame, frameHeadBytes);
  return frame;
}

export function settingsFrame(values: readonly (readonly [id: number, value: number])[]): Buffer {
  const payload = Buffer.allocUnsafe(values.length * 6);
  values.forEach(([id, value], index) => {
    payload.writeUInt16BE(id, index * 6);
    payload.writeUInt32BE(value, index * 6 + 2);
  });
  return buildFrame({ type: frameType.settings, flags: 0, stream: 0 }, payload);
}

export const settingsAck: Buffer = buildFrame(
  { type: frameType.settings, flags: flag.ack, stream: 0 },
  Buffer.alloc(0),
);

const word = (value: number): Buffer => {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return payload;
};

export const windowUpdate = (stream: number, bytes: number): Buffer =>
  buildFrame({ type: frameType.windowUpdate, flags: 0, stream }, word(bytes));

export const resetStream = (stream: number, code: number): Buffer =>
  buildFrame({ type: frameType.resetStream, flags: 0, stream }, word(code));

/** `lastStream`: the highest stream of the other side that was, or may yet be, answered. */
export const goAway = (code: number, lastStream = 0): Buffer =>
  buildFrame({ type: frameType.goAway, flags: 0, stream: 0 }, Buffer.concat([word(lastStream), word(code)]));

export const ping = (payload: Buffer, isAnswer: boolean): Buffer =>
  buildFrame({ type: frameType.ping, flags: isAnswer ? flag.ack : 0, stream: 0 }, payload);

/**
 * Cuts what arrives into frames. Payloads are views of the bytes that arrived, or of a copy where a frame came in pieces:
 * valid for good, but they hold the whole chunk.
 */
export class FrameReader {
  readonly #onFrame: (head: FrameHead, payload: Buffer) => void;
  #rest: Buffer[] = [];
  #restBytes = 0;
  /** Bytes that `#rest` must have before it is worth looking again. */
  #wanted = frameHeadBytes;

  constructor(onFrame: (head: FrameHead, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** Throws Http2Error when a frame is larger than we said we take. */
  push(chunk: Buffer): void {
    let buffer = chunk;
    if (this.#restBytes > 0) {
      this.#rest.push(chunk);
      this.#restBytes += chunk.length;
      if (this.#restBytes < this.#wanted) return;
      buffer = Buffer.concat(this.#rest, this.#restBytes);
      this.#rest = [];
      this.#restBytes = 0;
    }
    const at = this.#readFrames(buffer);
    if (at < buffer.length) {
      this.#rest = [buffer.subarray(at)];
      this.#restBytes = buffer.length - at;
    }
  }

  #readFrames(buffer: Buffer): number {
    let at = 0;
    while (buffer.length - at >= frameHeadBytes) {
      const length = ((buffer[at] as number) << 16) | ((buffer[at + 1] as number) << 8) | (buffer[at + 2] as number);
      if (length > frameBytesDefault) throw new Http2Error(errorCode.frameSize, `a frame of ${length} bytes`);
      const end = at + frameHeadBytes + length;
      if (end > buffer.length) {
        this.#wanted = frameHeadBytes + length;
        return at;
      }
      const type = buffer[at + 3] as number;
      const flags = buffer[at + 4] as number;
      const stream = buffer.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.#onFrame({ length, type, flags, stream }, buffer.subarray(at + frameHeadBytes, end));
      at = end;
    }
    this.#wanted = frameHeadBytes;
    return at;
  }
}

/** The payload without its padding (section 6.1). Throws Http2Error when the padding is longer than the frame. */
export function withoutPadding(flags: number, payload: Buffer): Buffer {
  if (!(flags & flag.padded)) return payload;
  const padding = payload[0] ?? 0;
  if (padding >= payload.length) throw new Http2Error(errorCode.protocol, "padding longer than its frame");
  return payload.subarray(1, payload.length - padding);
}
