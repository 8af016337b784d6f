/**
 * What a connection sends. Control frames and headers are put together at once, in the order they are made; bodies follow
 * when the turn of the event loop ends, a frame of each stream in turns, as far as the client's windows go. One write is
 * with the kernel at a time: what a slow client does not take waits in the bodies, where their writers see it.
 */
import type { TLSSocket } from "node:tls";
import {
  buildFrame,
  flag,
  frameBytesDefault,
  frameHeadBytes,
  frameType,
  windowDefault,
  windowLimit,
  writeHead,
} from "../frames.ts";
import { type HeaderFields, ResponseEncoder } from "../header-encoder.ts";
import { borrowScratch, crowdedScratchBytes, returnScratch, scratchBytes } from "./scratch.ts";
import type { ServerStream } from "./stream.ts";
import { flushAfterTurn, isCrowded } from "./turn.ts";

/** Control frames and headers that wait for a client that takes nothing; beyond, the connection ends. */
const waitingBytesMax = 4 * 1024 * 1024;

export interface OutputEvents {
  /** The last frame of its response is on its way. */
  readonly onEnd: (stream: ServerStream) => void;
  /** The client takes nothing, and too much waits for it. */
  readonly onStuck: () => void;
}

export class Output {
  readonly #socket: TLSSocket;
  readonly #events: OutputEvents;
  readonly #encoder = new ResponseEncoder();
  #buffer: Buffer | undefined;
  #length = 0;
  /** With the kernel. */
  #sent: Buffer | undefined;
  #isScheduled = false;
  #isClosing = false;
  #window = windowDefault;
  /** Streams with something to send, first come first served. */
  #line: ServerStream[] = [];
  /** Streams that wait for the connection's window. */
  #heldBack: ServerStream[] = [];

  constructor(socket: TLSSocket, events: OutputEvents) {
    this.#socket = socket;
    this.#events = events;
  }

  /** The client keeps no larger table of headers. */
  limitTable(bytes: number): void {
    this.#encoder.limitTable(bytes);
  }

  /** The client takes so much more on all streams together. False: more than a window can be. */
  widen(bytes: number): boolean {
    this.#window += bytes;
    if (this.#window > windowLimit) return false;
    const streams = this.#heldBack;
    this.#heldBack = [];
    for (const stream of streams) this.enqueue(stream);
    return true;
  }

  control(frame: Buffer): void {
    frame.copy(this.#reserve(frame.length), this.#length);
    this.#length += frame.length;
    this.#schedule();
  }

  headers(stream: number, status: number, fields: HeaderFields, endsStream: boolean): void {
    const into = this.#reserve(frameHeadBytes + this.#encoder.bytesMax(fields));
    const start = this.#length + frameHeadBytes;
    const end = this.#encoder.encode(into, start, status, fields);
    const flags = endsStream ? flag.endStream : 0;
    if (end - start > frameBytesDefault) this.#splitHeaders(stream, flags, Buffer.from(into.subarray(start, end)));
    else {
      const head = { length: end - start, type: frameType.headers, flags: flags | flag.endHeaders, stream };
      writeHead(into, this.#length, head);
      this.#length = end;
      this.#schedule();
    }
  }

  /** Its body has changed: it gets in line if there is something to send. */
  enqueue(stream: ServerStream): void {
    if (stream.isInLine || stream.isClosed || !stream.outgoing.isReady) return;
    stream.isInLine = true;
    this.#line.push(stream);
    this.#schedule();
  }

  /** At the end of the turn: see turn.ts. */
  flush(): void {
    this.#isScheduled = false;
    if (this.#sent || this.#socket.destroyed) return;
    if (!this.#isClosing) this.#addBodies();
    const buffer = this.#buffer;
    if (!buffer) return;
    const bytes = buffer.subarray(0, this.#length);
    this.#buffer = undefined;
    this.#length = 0;
    this.#sent = buffer;
    if (this.#isClosing) this.#socket.end(bytes);
    else this.#socket.write(bytes, this.#onWritten);
  }

  /** Sends what there is but bodies, and then nothing more. */
  close(): void {
    this.#isClosing = true;
    if (!this.#buffer) this.#socket.end();
    else this.flush();
  }

  readonly #onWritten = (): void => {
    if (this.#sent) returnScratch(this.#sent);
    this.#sent = undefined;
    if (this.#length > 0 || this.#line.length > 0) this.flush();
    else if (this.#isClosing) this.#socket.end();
  };

  #schedule(): void {
    if (this.#isScheduled || this.#sent) return;
    this.#isScheduled = true;
    flushAfterTurn(this);
  }

  /** The buffer, with room for so many bytes behind what is in it. */
  #reserve(bytes: number): Buffer {
    const needed = this.#length + bytes;
    if (this.#buffer && needed <= this.#buffer.length) return this.#buffer;
    if (needed > waitingBytesMax) this.#events.onStuck();
    const buffer = borrowScratch(this.#buffer ? Math.max(needed, 2 * this.#buffer.length) : needed);
    if (this.#buffer) {
      this.#buffer.copy(buffer, 0, 0, this.#length);
      returnScratch(this.#buffer);
    }
    this.#buffer = buffer;
    return buffer;
  }

  #addBodies(): void {
    let turns = 0;
    const bytesMax = isCrowded() ? crowdedScratchBytes : scratchBytes;
    while (turns < this.#line.length && this.#length < bytesMax - frameHeadBytes - 1) {
      const stream = this.#line[turns++] as ServerStream;
      stream.isInLine = false;
      if (!stream.isClosed) this.#addFrame(stream, bytesMax);
    }
    this.#line = turns === this.#line.length ? [] : this.#line.slice(turns);
  }

  #addFrame(stream: ServerStream, bytesMax: number): void {
    const { outgoing } = stream;
    if (this.#window <= 0 && outgoing.bytes > 0) {
      this.#heldBack.push(stream);
      return;
    }
    const room = bytesMax - this.#length - frameHeadBytes;
    const payloadMax = Math.min(frameBytesDefault, Math.max(this.#window, 0), room);
    const into = this.#reserve(frameHeadBytes + Math.min(payloadMax, outgoing.bytes));
    const bytes = outgoing.writeFrame(stream.id, { into, at: this.#length, payloadMax });
    this.#length += frameHeadBytes + bytes;
    this.#window -= bytes;
    if (outgoing.isEnded && outgoing.bytes === 0) this.#events.onEnd(stream);
    else {
      outgoing.callDrained();
      this.enqueue(stream);
    }
  }

  #splitHeaders(stream: number, flags: number, block: Buffer): void {
    let type: number = frameType.headers;
    for (let at = 0; at < block.length; at += frameBytesDefault) {
      const piece = block.subarray(at, at + frameBytesDefault);
      const last = at + piece.length === block.length ? flag.endHeaders : 0;
      const first = type === frameType.headers ? flags : 0;
      this.control(buildFrame({ type, flags: first | last, stream }, piece));
      type = frameType.continuation;
    }
  }
}
