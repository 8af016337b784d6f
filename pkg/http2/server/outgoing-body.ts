/** The bytes of a response that have not been put into frames yet. */
import { flag, frameHeadBytes, frameType, writeHead } from "../frames.ts";

/** A writer that has so many bytes waiting is asked to wait as well. */
const bytesHigh = 256 * 1024;
/** And is told to go on when no more than this is left. */
const bytesLow = 64 * 1024;

export interface FrameRoom {
  readonly into: Buffer;
  readonly at: number;
  /** Bytes of payload at most. */
  readonly payloadMax: number;
}

export class OutgoingBody {
  #chunks: Buffer[] = [];
  /** The chunk that is next, and how much of it has gone. */
  #next = 0;
  #offset = 0;
  #drainCallbacks: (() => void)[] | undefined;
  /** What the client takes on this stream; below 0 where it has taken some of it back. */
  window: number;
  /** Bytes that wait. */
  bytes = 0;
  /** Nothing will be added. */
  isEnded = false;

  constructor(window: number) {
    this.window = window;
  }

  get isFull(): boolean {
    return this.bytes > bytesHigh;
  }

  /** There is a frame to send as far as the stream's own window goes. */
  get isReady(): boolean {
    return this.bytes === 0 ? this.isEnded : this.window > 0;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.bytes += chunk.length;
  }

  onDrain(callback: () => void): void {
    if (this.#drainCallbacks) this.#drainCallbacks.push(callback);
    else this.#drainCallbacks = [callback];
  }

  /** Writes one DATA frame of what is waiting; returns its payload's bytes. */
  writeFrame(stream: number, { into, at, payloadMax }: FrameRoom): number {
    const length = Math.min(this.bytes, Math.max(this.window, 0), payloadMax);
    const endsStream = this.isEnded && length === this.bytes;
    writeHead(into, at, { length, type: frameType.data, flags: endsStream ? flag.endStream : 0, stream });
    this.#copy(into, at + frameHeadBytes, length);
    this.window -= length;
    return length;
  }

  /** After a frame, or when nothing of it will be sent. */
  callDrained(): void {
    if (!this.#drainCallbacks || this.bytes > bytesLow) return;
    const callbacks = this.#drainCallbacks;
    this.#drainCallbacks = undefined;
    for (const callback of callbacks) callback();
  }

  drop(): void {
    this.#chunks = [];
    this.#next = 0;
    this.#offset = 0;
    this.bytes = 0;
    this.isEnded = true;
    this.callDrained();
  }

  #copy(into: Buffer, start: number, length: number): void {
    let at = start;
    for (let left = length; left > 0; ) {
      const chunk = this.#chunks[this.#next] as Buffer;
      const end = Math.min(chunk.length, this.#offset + left);
      chunk.copy(into, at, this.#offset, end);
      at += end - this.#offset;
      left -= end - this.#offset;
      this.#offset = end;
      if (end < chunk.length) break;
      this.#next += 1;
      this.#offset = 0;
    }
    this.bytes -= length;
    if (this.bytes === 0) {
      this.#chunks = [];
      this.#next = 0;
    } else if (this.#next >= 256) {
      this.#chunks = this.#chunks.slice(this.#next);
      this.#next = 0;
    }
  }
}
