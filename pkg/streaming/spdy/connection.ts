/**
 * A SPDY/3.1 connection over an upgraded socket: what kubelets and container runtimes speak for exec, attach and port
 * forwarding. Go's implementation neither grants nor minds windows, so the windows of a peer count from the moment that
 * it first mentions one; until then the socket alone holds us back.
 */
import type { Duplex } from "node:stream";
import {
  dataHead,
  type Frame,
  FrameReader,
  goAwayFrame,
  pingFrame,
  rstStreamFrame,
  synReplyFrame,
  synStreamFrame,
  windowUpdateFrame,
} from "./frames.ts";
import { HeaderPacker, HeaderUnpacker, type StreamHeaders } from "./headers.ts";
import { cancelled, SpdyStream, type StreamCarrier } from "./stream.ts";

export interface SpdyOptions {
  readonly role: "client" | "server";
  /** Bytes that came with the upgrade. */
  readonly head?: Buffer;
  /** Called for each stream that the peer opens; without it they are refused. */
  readonly onStream?: (stream: SpdyStream) => void;
}

const initialWindow = 64 * 1024;
/**
 * Windows are granted to peers by the gigabyte, and the socket holds them back instead. Small grants would often still be
 * unread when a Go peer closes, which makes its kernel reset the connection and lose the last of the output.
 */
const grantBytes = 1 << 30;
const dataBytesMax = 32 * 1024;
const streamsMax = 1000;
/** How long what was written may take to leave when we close. */
const closeMsMax = 1000;
/** Status codes of RST_STREAM. */
const refusedStream = 3;

interface Waiting {
  readonly stream: SpdyStream;
  readonly data: Buffer;
  readonly done: (error?: Error) => void;
}

export class SpdyConnection implements StreamCarrier {
  /** Resolves when the connection is over, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #options: SpdyOptions;
  readonly #packer = new HeaderPacker();
  readonly #unpacker = new HeaderUnpacker();
  readonly #streams = new Map<number, SpdyStream>();
  /** What waits for a window; one write per stream at most, because streams write one after the other. */
  #waiting: Waiting[] = [];
  #nextId: number;
  #nextPing: number;
  #lastPeerId = 0;
  #window = initialWindow;
  #streamWindow = initialWindow;
  #mindsWindows = false;
  /** Bytes that readers took since the last grant. */
  #consumed = 0;
  #failure: Error | undefined;

  constructor(socket: Duplex, options: SpdyOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#nextId = options.role === "client" ? 1 : 2;
    this.#nextPing = this.#nextId;
    socket.on("error", (error: Error) => {
      this.#failure ??= error;
    });
    socket.write(windowUpdateFrame(0, grantBytes));
    this.closed = this.#run();
  }

  /** Opens a stream. Throws when the connection is over. */
  open(headers: StreamHeaders): SpdyStream {
    if (this.#socket.destroyed) throw new Error("the connection is closed", { cause: this.#failure });
    const stream = this.#add(this.#nextId, headers);
    this.#nextId += 2;
    this.#socket.write(synStreamFrame(stream.id, this.#packer.pack(headers)));
    this.#socket.write(windowUpdateFrame(stream.id, grantBytes));
    return stream;
  }

  /** Keeps middle boxes from forgetting the connection. */
  ping(): void {
    if (this.#socket.writable) this.#socket.write(pingFrame(this.#nextPing));
    this.#nextPing += 2;
  }

  /** Says goodbye and closes. Streams that are open end with an error. */
  close(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(goAwayFrame(this.#lastPeerId), () => socket.destroy());
    setTimeout(() => socket.destroy(), closeMsMax).unref();
  }

  async #run(): Promise<void> {
    const reader = new FrameReader();
    try {
      const { head } = this.#options;
      if (head && head.length > 0) await this.#receive(reader, head);
      for await (const chunk of this.#socket) await this.#receive(reader, chunk as Buffer);
    } catch (error) {
      this.#failure ??= error as Error;
    }
    this.#socket.destroy();
    this.#unpacker[Symbol.dispose]();
    this.#abandon();
  }

  #abandon(): void {
    const failure = new Error("the connection was closed", { cause: this.#failure });
    for (const { done } of this.#waiting.splice(0)) done(failure);
    for (const stream of [...this.#streams.values()]) stream.receiveLoss(failure);
  }

  async #receive(reader: FrameReader, chunk: Buffer): Promise<void> {
    for (const frame of reader.read(chunk)) {
      const wait = this.#handle(frame);
      if (wait) await wait;
    }
  }

  #handle(frame: Frame): Promise<void> | undefined {
    switch (frame.kind) {
      case "data":
        return this.#handleData(frame);
      case "synStream":
        return this.#handleOpen(frame.streamId, frame.block, frame.fin);
      case "synReply":
      case "headers":
        return this.#handleReply(frame.streamId, frame.block, frame.fin);
      case "rstStream":
        this.#reset(frame.streamId, frame.status);
        return undefined;
      case "settings":
        if (frame.initialWindow !== undefined) this.#resizeWindows(frame.initialWindow);
        return undefined;
      case "ping":
        // Answer the peer's own; ours come back as they went.
        if (frame.id % 2 !== this.#nextPing % 2) this.#socket.write(pingFrame(frame.id));
        return undefined;
      case "windowUpdate":
        this.#grow(frame.streamId, frame.delta);
        return undefined;
      default:
        // GOAWAY: what is open goes on to its end, and we open no more than we have.
        return undefined;
    }
  }

  #handleData({ streamId, data, fin }: Extract<Frame, { kind: "data" }>): Promise<void> | undefined {
    const stream = this.#streams.get(streamId);
    if (!stream) return undefined;
    const wait = data.length > 0 ? stream.receive(data) : undefined;
    if (fin) stream.receiveEnd();
    return wait;
  }

  #reset(id: number, status: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.receiveReset(status);
    this.#retry();
  }

  async #handleOpen(id: number, block: Buffer, fin: boolean): Promise<void> {
    const headers = await this.#unpacker.unpack(block);
    this.#lastPeerId = Math.max(this.#lastPeerId, id);
    const { onStream } = this.#options;
    if (!onStream || this.#streams.has(id) || this.#streams.size >= streamsMax) {
      this.#socket.write(rstStreamFrame(id, refusedStream));
      return;
    }
    const stream = this.#add(id, headers);
    stream.acknowledge();
    this.#socket.write(synReplyFrame(id, this.#packer.pack(new Map())));
    this.#socket.write(windowUpdateFrame(id, grantBytes));
    if (fin) stream.receiveEnd();
    onStream(stream);
  }

  /** Every block is unpacked, wanted or not: the blocks after it depend on it. */
  async #handleReply(id: number, block: Buffer, fin: boolean): Promise<void> {
    await this.#unpacker.unpack(block);
    const stream = this.#streams.get(id);
    stream?.acknowledge();
    if (fin) stream?.receiveEnd();
  }

  #add(id: number, headers: StreamHeaders): SpdyStream {
    const stream = new SpdyStream({ id, headers, carrier: this, window: this.#streamWindow });
    this.#streams.set(id, stream);
    return stream;
  }

  #resizeWindows(size: number): void {
    this.#mindsWindows = true;
    for (const stream of this.#streams.values()) stream.window += size - this.#streamWindow;
    this.#streamWindow = size;
    this.#retry();
  }

  #grow(streamId: number, delta: number): void {
    this.#mindsWindows = true;
    if (streamId === 0) this.#window += delta;
    const stream = this.#streams.get(streamId);
    if (stream) stream.window += delta;
    this.#retry();
  }

  #retry(): void {
    for (const { stream, data, done } of this.#waiting.splice(0)) this.send(stream, data, done);
  }

  // ---- what streams call

  send(stream: SpdyStream, data: Buffer, done: (error?: Error) => void): void {
    const socket = this.#socket;
    let rest = stream.isReset ? data.subarray(data.length) : data;
    while (rest.length > 0) {
      if (!socket.writable) {
        done(new Error("the connection was closed", { cause: this.#failure }));
        return;
      }
      const window = this.#mindsWindows ? Math.min(this.#window, stream.window) : dataBytesMax;
      if (window <= 0) {
        this.#waiting.push({ stream, data: rest, done });
        return;
      }
      const part = rest.subarray(0, Math.min(dataBytesMax, window));
      rest = rest.subarray(part.length);
      this.#window -= part.length;
      stream.window -= part.length;
      socket.write(dataHead(stream.id, part.length, false));
      socket.write(part);
    }
    if (socket.writableNeedDrain) this.#afterDrain(done);
    else done();
  }

  #afterDrain(done: () => void): void {
    const socket = this.#socket;
    const go = (): void => {
      socket.off("drain", go);
      socket.off("close", go);
      done();
    };
    socket.on("drain", go);
    socket.on("close", go);
  }

  finish(stream: SpdyStream): void {
    if (this.#socket.writable && !stream.isReset) this.#socket.write(dataHead(stream.id, 0, true));
  }

  consumed(stream: SpdyStream, bytes: number): void {
    this.#consumed += bytes;
    stream.consumed += bytes;
    if (!this.#socket.writable) return;
    if (this.#consumed >= grantBytes) {
      this.#consumed -= grantBytes;
      this.#socket.write(windowUpdateFrame(0, grantBytes));
    }
    if (stream.consumed >= grantBytes) {
      stream.consumed -= grantBytes;
      this.#socket.write(windowUpdateFrame(stream.id, grantBytes));
    }
  }

  forget(stream: SpdyStream, error: Error | null): void {
    this.#streams.delete(stream.id);
    const left = this.#waiting.filter((waiting) => waiting.stream === stream);
    this.#waiting = this.#waiting.filter((waiting) => waiting.stream !== stream);
    for (const { done } of left) done(error ?? new Error("the stream was closed"));
    const over = stream.isReset || (stream.readableEnded && stream.writableFinished);
    if (!over && this.#socket.writable) this.#socket.write(rstStreamFrame(stream.id, cancelled));
  }
}
