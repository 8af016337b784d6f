/**
 * One HTTP/2 connection to a gRPC server, as a client with many small calls wants it: no object of Node's streams for a
 * call, what one turn of the event loop sends leaves in one write, what arrives is read in place.
 */
import type { Socket } from "node:net";
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";
import {
  errorCode,
  type FrameHead,
  FrameReader,
  flag,
  frameBytesDefault,
  frameHeadBytes,
  frameType,
  goAway,
  ping,
  preface,
  resetStream,
  setting,
  settingsAck,
  settingsFrame,
  windowDefault,
  windowUpdate,
  withoutPadding,
  writeHead,
} from "#pkg/http2/frames.ts";
import { decodeHeaders } from "./headers.ts";
import { RpcError, rpcCode } from "./status.ts";
import { type CallEvents, RpcStream, type StreamHost } from "./stream.ts";

/** How much the server may send ahead, on one stream and on all together. */
const streamWindow = 4 * 1024 * 1024;
const connectionWindow = 16 * 1024 * 1024;
const headerBlockBytesMax = 64 * 1024;
const pingEveryMs = 30_000;
const pongMsMax = 10_000;
/** The last id that a client may use, less some room. */
const streamIdMax = 2 ** 31 - 1_000;
/** Chunks of a turn are joined into one write up to this size. */
const joinBytesMax = 256 * 1024;

const pingPayload = Buffer.alloc(8);

export class Connection implements StreamHost {
  readonly #socket: Socket;
  readonly #streams = new TransientMap<number, RpcStream>();
  /** Calls beyond the server's bound on streams. */
  readonly #waiting: RpcStream[] = [];
  /** Streams with data that a window holds back. */
  readonly #blocked = new Set<RpcStream>();
  readonly #keepAlive: NodeJS.Timeout;
  #pongDue: NodeJS.Timeout | undefined;
  #outgoing: Buffer[] = [];
  #outgoingBytes = 0;
  #nextId = 1;
  #sendWindow = windowDefault;
  #peerStreamWindow = windowDefault;
  #peerFrameBytes = frameBytesDefault;
  #peerStreams = Number.POSITIVE_INFINITY;
  #unacknowledged = 0;
  /** A header block whose last piece has not come. */
  #block: { head: FrameHead; parts: Buffer[]; bytes: number } | undefined;
  #draining = false;
  #closed: Error | undefined;

  /** `socket` is connected; the connection owns it from here on. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, pingEveryMs);
    const reader = new FrameReader((head, payload) => this.#onFrame(head, payload));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.#write(goAway(errorCode.protocol));
        this.#flush();
        this.destroy(error as Error);
      }
    });
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy(new Error("the server closed the connection")));
    this.#keepAlive = setInterval(() => this.#ping(), pingEveryMs).unref();
    this.#write(preface);
    this.#write(
      settingsFrame([
        [setting.headerTableSize, 0],
        [setting.enablePush, 0],
        [setting.initialWindowSize, streamWindow],
      ]),
    );
    this.#write(windowUpdate(0, connectionWindow - windowDefault));
  }

  /** Whether it takes further calls. */
  get isOpen(): boolean {
    return !this.#draining && !this.#closed;
  }

  /** Begins a call; `head` is its encoded header block. Only on an open connection. */
  open(head: Buffer, events: CallEvents): RpcStream {
    return new RpcStream(this, head, events);
  }

  /** Fails every call; the socket goes at once. */
  destroy(reason: Error): void {
    if (this.#closed) return;
    this.#closed = reason;
    clearInterval(this.#keepAlive);
    clearTimeout(this.#pongDue);
    this.#socket.destroy();
    const text = `the connection was lost: ${reason.message}`;
    for (const stream of this.#waiting.splice(0)) {
      stream.end(new RpcError(rpcCode.unavailable, text, { unsent: true, cause: reason }));
    }
    const streams = this.#streams.values();
    this.#streams.clear();
    this.#blocked.clear();
    for (const stream of streams) stream.end(new RpcError(rpcCode.unavailable, text, { cause: reason }));
  }

  pump(stream: RpcStream): void {
    if (this.#closed) {
      stream.end(new RpcError(rpcCode.unavailable, "the connection was lost", { unsent: true, cause: this.#closed }));
      return;
    }
    if (stream.id === 0) {
      if (this.#streams.size >= this.#peerStreams) {
        if (!this.#waiting.includes(stream)) this.#waiting.push(stream);
        return;
      }
      this.#begin(stream);
    }
    this.#sendData(stream);
  }

  release(stream: RpcStream, reset: boolean): void {
    const waiting = this.#waiting.indexOf(stream);
    if (waiting >= 0) this.#waiting.splice(waiting, 1);
    this.#blocked.delete(stream);
    if (!this.#streams.delete(stream.id)) return;
    if (reset && !this.#closed) this.#write(resetStream(stream.id, errorCode.cancel));
    if (this.#draining && this.#streams.size === 0) this.destroy(new Error("the server went away"));
    else if (this.#waiting.length > 0) this.#beginWaiting();
  }

  #beginWaiting(): void {
    while (this.#waiting.length > 0 && this.#streams.size < this.#peerStreams) {
      const stream = this.#waiting.shift();
      if (!stream) return;
      this.#begin(stream);
      this.#sendData(stream);
    }
  }

  #begin(stream: RpcStream): void {
    stream.id = this.#nextId;
    stream.sendWindow = this.#peerStreamWindow;
    this.#nextId += 2;
    if (this.#nextId >= streamIdMax) this.#draining = true;
    this.#streams.set(stream.id, stream);
    const { head } = stream;
    const frame = Buffer.allocUnsafe(stream.headBytes);
    writeHead(frame, 0, { length: head.length, type: frameType.headers, flags: flag.endHeaders, stream: stream.id });
    head.copy(frame, frameHeadBytes);
    this.#write(frame);
  }

  /** Frames of what waits, as far as both windows reach. */
  #sendData(stream: RpcStream): void {
    const { outgoing } = stream;
    while (outgoing.length > 0) {
      const room = Math.min(this.#peerFrameBytes, this.#sendWindow, stream.sendWindow);
      if (room <= 0) {
        this.#blocked.add(stream);
        return;
      }
      const parts: Buffer[] = [];
      let length = 0;
      for (let first = outgoing[0]; first && length < room; first = outgoing[0]) {
        const part = first.length <= room - length ? first : first.subarray(0, room - length);
        if (part === first) outgoing.shift();
        else outgoing[0] = first.subarray(part.length);
        parts.push(part);
        length += part.length;
      }
      this.#sendWindow -= length;
      stream.sendWindow -= length;
      const isLast = outgoing.length === 0 && stream.finishing;
      const head = Buffer.allocUnsafe(frameHeadBytes);
      writeHead(head, 0, { length, type: frameType.data, flags: isLast ? flag.endStream : 0, stream: stream.id });
      this.#write(head);
      for (const part of parts) this.#write(part);
    }
    this.#blocked.delete(stream);
  }

  #write(bytes: Buffer): void {
    if (this.#closed) return;
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(bytes);
    this.#outgoingBytes += bytes.length;
  }

  #flush(): void {
    const parts = this.#outgoing;
    const bytes = this.#outgoingBytes;
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    if (parts.length === 0 || this.#closed) return;
    if (bytes <= joinBytesMax) {
      this.#socket.write(Buffer.concat(parts, bytes));
      return;
    }
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }

  /** Only while something is under way: servers take pings without a call for an attack. */
  #ping(): void {
    if (this.#pongDue || this.#streams.size === 0) return;
    this.#write(ping(pingPayload, false));
    this.#pongDue = setTimeout(() => this.destroy(new Error("the server does not answer")), pongMsMax).unref();
  }

  #onFrame(head: FrameHead, payload: Buffer): void {
    if (this.#block && head.type !== frameType.continuation) throw new Error("http2: headers without their end");
    switch (head.type) {
      case frameType.data:
        this.#onData(head, payload);
        return;
      case frameType.headers:
        this.#onHeaders(head, payload);
        return;
      case frameType.continuation:
        this.#onContinuation(head, payload);
        return;
      case frameType.resetStream:
        this.#onReset(head, payload);
        return;
      case frameType.settings:
        if (!(head.flags & flag.ack)) this.#onSettings(payload);
        return;
      case frameType.ping:
        this.#onPing(head, payload);
        return;
      case frameType.goAway:
        this.#onGoAway(payload);
        return;
      case frameType.windowUpdate:
        this.#onWindowUpdate(head, payload);
        return;
      case frameType.pushPromise:
        throw new Error("http2: a push, which was turned off");
    }
  }

  #onData(head: FrameHead, payload: Buffer): void {
    this.#unacknowledged += head.length;
    if (this.#unacknowledged >= connectionWindow / 2) {
      this.#write(windowUpdate(0, this.#unacknowledged));
      this.#unacknowledged = 0;
    }
    const stream = this.#streams.get(head.stream);
    if (!stream) return;
    const isLast = (head.flags & flag.endStream) !== 0;
    stream.unacknowledged += head.length;
    if (!isLast && stream.unacknowledged >= streamWindow / 2) {
      this.#write(windowUpdate(head.stream, stream.unacknowledged));
      stream.unacknowledged = 0;
    }
    stream.onData(withoutPadding(head.flags, payload), isLast);
  }

  #onHeaders(head: FrameHead, payload: Buffer): void {
    const inside = withoutPadding(head.flags, payload);
    const block = head.flags & flag.priority ? inside.subarray(5) : inside;
    if (head.flags & flag.endHeaders) this.#onBlock(head, block);
    else this.#block = { head, parts: [block], bytes: block.length };
  }

  #onContinuation(head: FrameHead, payload: Buffer): void {
    const block = this.#block;
    if (!block || block.head.stream !== head.stream) throw new Error("http2: a continuation of nothing");
    block.parts.push(payload);
    block.bytes += payload.length;
    if (block.bytes > headerBlockBytesMax) throw new Error("http2: headers too large");
    if (!(head.flags & flag.endHeaders)) return;
    this.#block = undefined;
    this.#onBlock(block.head, Buffer.concat(block.parts, block.bytes));
  }

  #onBlock(head: FrameHead, block: Buffer): void {
    // Read for streams that are over too: what is wrong with it is wrong with the connection.
    const headers = decodeHeaders(block);
    this.#streams.get(head.stream)?.onHeaders(headers, (head.flags & flag.endStream) !== 0);
  }

  #onReset({ stream: id }: FrameHead, payload: Buffer): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    this.release(stream, false);
    const code = payload.readUInt32BE(0);
    const unsent = code === errorCode.refusedStream;
    const meaning =
      code === errorCode.cancel
        ? rpcCode.canceled
        : code === errorCode.enhanceYourCalm
          ? rpcCode.resourceExhausted
          : rpcCode.unavailable;
    stream.end(new RpcError(meaning, `the server reset the stream with error code ${code}`, { unsent }));
  }

  #onSettings(payload: Buffer): void {
    for (let at = 0; at + 6 <= payload.length; at += 6) {
      const id = payload.readUInt16BE(at);
      const value = payload.readUInt32BE(at + 2);
      if (id === setting.concurrentStreamsMax) this.#peerStreams = value;
      else if (id === setting.frameSizeMax) this.#peerFrameBytes = value;
      else if (id === setting.initialWindowSize) {
        for (const stream of this.#streams.values()) stream.sendWindow += value - this.#peerStreamWindow;
        this.#peerStreamWindow = value;
      }
    }
    this.#write(settingsAck);
    this.#beginWaiting();
    this.#pumpBlocked();
  }

  #onPing({ flags }: FrameHead, payload: Buffer): void {
    if (!(flags & flag.ack)) {
      this.#write(ping(payload, true));
      return;
    }
    clearTimeout(this.#pongDue);
    this.#pongDue = undefined;
  }

  /** The server takes no further calls; those that it did not begin may be made elsewhere. */
  #onGoAway(payload: Buffer): void {
    this.#draining = true;
    const last = payload.readUInt32BE(0) & 0x7fff_ffff;
    const text = "the server is going away";
    for (const stream of this.#waiting.splice(0)) {
      stream.end(new RpcError(rpcCode.unavailable, text, { unsent: true }));
    }
    for (const stream of this.#streams.values()) {
      if (stream.id <= last) continue;
      this.release(stream, false);
      stream.end(new RpcError(rpcCode.unavailable, text, { unsent: true }));
    }
    if (this.#streams.size === 0) this.destroy(new Error(text));
  }

  #onWindowUpdate({ stream: id }: FrameHead, payload: Buffer): void {
    const bytes = payload.readUInt32BE(0) & 0x7fff_ffff;
    if (id === 0) {
      this.#sendWindow += bytes;
      this.#pumpBlocked();
      return;
    }
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.sendWindow += bytes;
    if (this.#blocked.has(stream)) this.#sendData(stream);
  }

  #pumpBlocked(): void {
    for (const stream of [...this.#blocked]) {
      if (this.#sendWindow <= 0) return;
      this.#sendData(stream);
    }
  }
}
