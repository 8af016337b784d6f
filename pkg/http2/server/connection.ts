/**
 * The server's side of one HTTP/2 connection (RFC 9113): requests come in as streams, with no object of Node's between
 * the socket and them.
 */
import type { TLSSocket } from "node:tls";
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";
import { takeChunks } from "../chunks.ts";
import { Http2Error, protocolError } from "../errors.ts";
import {
  errorCode,
  type FrameHead,
  FrameReader,
  flag,
  frameBytesDefault,
  frameBytesLimit,
  frameType,
  goAway,
  ping,
  preface,
  resetStream,
  setting,
  settingsAck,
  settingsFrame,
  windowDefault,
  windowLimit,
  windowUpdate,
  withoutPadding,
} from "../frames.ts";
import { HeaderDecoder } from "../header-decoder.ts";
import { type HeaderFields, tableBytesDefault } from "../header-encoder.ts";
import { type HeaderBlock, HeaderBlockAssembler } from "./header-block.ts";
import { IncomingBody, streamWindow } from "./incoming-body.ts";
import { Output } from "./output.ts";
import { type HeadLimits, type RequestHead, RequestHeadReader } from "./request-head.ts";
import { ServerStream, type StreamHost } from "./stream.ts";
import { TokenBucket } from "./token-bucket.ts";

/** How much a client may send ahead on all streams together, bytes. */
const connectionWindow = 16 << 20;
const prefaceMsMax = 10_000;
const keepAliveMs = 30_000;
/** How long the client may take to read why the connection ends. */
const lingerMsMax = 1_000;
/** Streams that we ended and of which frames may still come. */
const ignoredMax = 1_000;
/** Streams that a client may reset, and frames it may send that we must answer: so many at once, so many a second. */
const resets = { burst: 10_000, perSecond: 1_000 };
const answers = { burst: 10_000, perSecond: 1_000 };

export interface ConnectionOptions {
  readonly limits: HeadLimits & { readonly streamsMax: number };
  readonly onRequest: (stream: ServerStream) => void;
  readonly onClose: () => void;
  /** Something here is wrong, not what the client sent: its connection has ended. */
  readonly onFault: (error: unknown) => void;
}

export class ServerConnection implements StreamHost {
  readonly socket: TLSSocket;
  readonly #options: ConnectionOptions;
  readonly #output: Output;
  readonly #streams = new TransientMap<number, ServerStream>();
  readonly #blocks = new HeaderBlockAssembler();
  readonly #heads: RequestHeadReader;
  readonly #resets = new TokenBucket(resets);
  readonly #answers = new TokenBucket(answers);
  readonly #frames = new FrameReader((head, payload) => this.#onFrame(head, payload));
  /** Ended by us before the client had said all. */
  readonly #ignored = new Set<number>();
  #prefaceRead = 0;
  #prefaceDue: NodeJS.Timeout | undefined;
  #hasSettings = false;
  #lastStream = 0;
  #window = connectionWindow;
  #uncredited = 0;
  /** What the client takes on a new stream. */
  #streamWindow = windowDefault;
  #state: "open" | "draining" | "closing" = "open";

  /** `socket` is connected; the connection owns it from here on. */
  constructor(socket: TLSSocket, options: ConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#heads = new RequestHeadReader(new HeaderDecoder(tableBytesDefault), options.limits);
    this.#output = new Output(socket, { onEnd: (stream) => this.#finish(stream), onStuck: () => socket.destroy() });
    socket.setKeepAlive(true, keepAliveMs);
    takeChunks(socket, (chunk) => this.#onData(chunk));
    socket.once("close", () => this.#onClose());
    this.#prefaceDue = setTimeout(() => socket.destroy(), prefaceMsMax).unref();
    this.#output.control(
      settingsFrame([
        [setting.concurrentStreamsMax, options.limits.streamsMax],
        [setting.initialWindowSize, streamWindow],
        [setting.headerListSizeMax, options.limits.bytesMax],
      ]),
    );
    this.#output.control(windowUpdate(0, connectionWindow - windowDefault));
  }

  /** Takes no further requests and ends when those it has are answered. */
  drain(): void {
    if (this.#state !== "open") return;
    this.#state = "draining";
    this.#output.control(goAway(errorCode.none, this.#lastStream));
    if (this.#streams.size === 0) this.#end();
  }

  sendHeaders(stream: ServerStream, status: number, headers: HeaderFields, endsStream: boolean): void {
    this.#output.headers(stream.id, status, headers, endsStream);
    if (endsStream) this.#finish(stream);
  }

  sendBody(stream: ServerStream): void {
    this.#output.enqueue(stream);
  }

  reset(stream: ServerStream, code: number): void {
    this.#output.control(resetStream(stream.id, code));
    if (!isWholeRequest(stream)) this.#ignore(stream.id);
    this.#forget(stream);
  }

  /** The response is out: what the client still says about this stream is of no interest. */
  #finish(stream: ServerStream): void {
    if (isWholeRequest(stream)) this.#forget(stream);
    else this.reset(stream, errorCode.none);
  }

  #forget(stream: ServerStream): void {
    this.#streams.delete(stream.id);
    stream.close();
    if (this.#state === "draining" && this.#streams.size === 0) this.#end();
  }

  #ignore(stream: number): void {
    this.#ignored.add(stream);
    if (this.#ignored.size <= ignoredMax) return;
    for (const oldest of this.#ignored) {
      this.#ignored.delete(oldest);
      break;
    }
  }

  #end(): void {
    this.#state = "closing";
    this.#output.close();
    const linger = setTimeout(() => this.socket.destroy(), lingerMsMax).unref();
    this.socket.once("close", () => clearTimeout(linger));
  }

  #onClose(): void {
    clearTimeout(this.#prefaceDue);
    this.#state = "closing";
    const streams = this.#streams.values();
    this.#streams.clear();
    for (const stream of streams) stream.close();
    this.#options.onClose();
  }

  #onData(chunk: Buffer): void {
    // What comes behind the end is read so that the kernel does not take back what was sent.
    if (this.#state === "closing") return;
    try {
      const bytes = this.#prefaceRead < preface.length ? this.#readPreface(chunk) : chunk;
      if (bytes.length > 0) this.#frames.push(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #readPreface(chunk: Buffer): Buffer {
    const length = Math.min(chunk.length, preface.length - this.#prefaceRead);
    const expected = preface.subarray(this.#prefaceRead, this.#prefaceRead + length);
    if (!chunk.subarray(0, length).equals(expected)) throw protocolError("no preface");
    this.#prefaceRead += length;
    if (this.#prefaceRead === preface.length) clearTimeout(this.#prefaceDue);
    return chunk.subarray(length);
  }

  #fail(error: unknown): void {
    const code = error instanceof Http2Error ? error.code : errorCode.internal;
    if (code === errorCode.internal) this.#options.onFault(error);
    this.#output.control(goAway(code, this.#lastStream));
    this.#end();
    for (const stream of this.#streams.values()) this.#forget(stream);
  }

  #onFrame(head: FrameHead, payload: Buffer): void {
    if (this.#state === "closing") return;
    try {
      this.#dispatch(head, payload);
    } catch (error) {
      if (!(error instanceof Http2Error) || error.stream === undefined) throw error;
      this.#failStream(error.stream, error.code);
    }
  }

  #failStream(id: number, code: number): void {
    if (!this.#resets.take()) throw tooMuch("streams that failed");
    const stream = this.#streams.get(id);
    if (stream) this.reset(stream, code);
    else {
      this.#output.control(resetStream(id, code));
      this.#ignore(id);
    }
  }

  #dispatch(head: FrameHead, payload: Buffer): void {
    if (!this.#hasSettings && (head.type !== frameType.settings || head.flags & flag.ack)) {
      throw protocolError("no settings behind the preface");
    }
    if (this.#blocks.isOpen && head.type !== frameType.continuation) throw protocolError("headers without their end");
    switch (head.type) {
      case frameType.data:
        return this.#onDataFrame(head, payload);
      case frameType.headers:
        if (head.stream === 0) throw protocolError("headers of no stream");
        return this.#onBlock(this.#blocks.begin(head, payload));
      case frameType.continuation:
        return this.#onBlock(this.#blocks.continue(head, payload));
      case frameType.priority:
        return this.#onPriority(head, payload);
      case frameType.resetStream:
        return this.#onReset(head, payload);
      case frameType.settings:
        return this.#onSettings(head, payload);
      case frameType.ping:
        return this.#onPing(head, payload);
      case frameType.windowUpdate:
        return this.#onWindowUpdate(head, payload);
      case frameType.goAway:
        if (head.stream !== 0) throw protocolError("a farewell on a stream");
        return;
      case frameType.pushPromise:
        throw protocolError("a push from a client");
      default:
        return;
    }
  }

  #onDataFrame(head: FrameHead, payload: Buffer): void {
    if (head.stream === 0) throw protocolError("data of no stream");
    this.#window -= payload.length;
    if (this.#window < 0) throw new Http2Error(errorCode.flowControl, "more than the connection's window");
    const endsStream = (head.flags & flag.endStream) !== 0;
    if (payload.length === 0 && !endsStream) this.#ensureCalm(this.#answers, "empty frames");
    const stream = this.#streams.get(head.stream);
    if (!stream) {
      this.#credit(payload.length);
      this.#ensureIgnored(head.stream, errorCode.streamClosed);
      if (endsStream) this.#ignored.delete(head.stream);
      return;
    }
    const body = stream.incoming;
    if (!body || body.isComplete) {
      this.#credit(payload.length);
      throw new Http2Error(errorCode.streamClosed, "data behind its end", head.stream);
    }
    const bytes = withoutPadding(head.flags, payload);
    body.push(bytes, payload.length - bytes.length);
    if (endsStream) body.end();
  }

  #onBlock(block: HeaderBlock | undefined): void {
    if (!block) return;
    const { stream: id, endsStream } = block;
    if (id <= this.#lastStream) {
      this.#onTrailers(block);
      return;
    }
    if (id % 2 === 0) throw protocolError("a stream of the server's");
    this.#lastStream = id;
    const head = this.#heads.read(block.bytes);
    if (this.#state === "draining") {
      if (!endsStream) this.#ignore(id);
      return;
    }
    if (head.fault !== undefined && !head.isTooLarge) throw protocolError(head.fault, id);
    if (block.dependsOnItself) throw protocolError("a stream that depends on itself", id);
    if (endsStream && (head.contentLength ?? 0) > 0) throw protocolError("a length of no body", id);
    if (this.#streams.size >= this.#options.limits.streamsMax) {
      throw new Http2Error(errorCode.refusedStream, "too many streams", id);
    }
    this.#open(id, head, endsStream);
  }

  #open(id: number, head: RequestHead, endsStream: boolean): void {
    const body = endsStream
      ? undefined
      : new IncomingBody(id, head.contentLength, {
          connection: (bytes) => this.#credit(bytes),
          stream: (bytes) => this.#output.control(windowUpdate(id, bytes)),
        });
    const stream = new ServerStream(this, id, { head, window: this.#streamWindow, body });
    this.#streams.set(id, stream);
    if (head.isTooLarge) stream.respond(431, {}, Buffer.alloc(0));
    else this.#options.onRequest(stream);
  }

  /** A block on a stream that there has been. */
  #onTrailers({ stream: id, endsStream, bytes }: HeaderBlock): void {
    const fault = this.#heads.readTrailers(bytes);
    const stream = this.#streams.get(id);
    if (!stream) {
      this.#ensureIgnored(id, id === this.#lastStream ? errorCode.streamClosed : errorCode.protocol);
      this.#ignored.delete(id);
      return;
    }
    if (!stream.incoming || stream.incoming.isComplete) {
      throw new Http2Error(errorCode.streamClosed, "headers behind the end", id);
    }
    if (fault !== undefined || !endsStream) throw protocolError(fault ?? "trailers that are not the end", id);
    stream.incoming.end();
  }

  #onPriority({ stream, length }: FrameHead, payload: Buffer): void {
    if (stream === 0) throw protocolError("a priority of no stream");
    if (length !== 5) throw new Http2Error(errorCode.frameSize, "a priority of a wrong size", stream);
    this.#ensureCalm(this.#answers, "priorities");
    if ((payload.readUInt32BE(0) & 0x7fff_ffff) === stream) {
      throw protocolError("a stream that depends on itself", stream);
    }
  }

  #onReset(head: FrameHead, payload: Buffer): void {
    if (head.stream === 0 || head.stream > this.#lastStream) throw protocolError("a reset of no stream");
    if (payload.length !== 4) throw new Http2Error(errorCode.frameSize, "a reset of a wrong size");
    this.#ensureCalm(this.#resets, "resets");
    this.#ignored.delete(head.stream);
    const stream = this.#streams.get(head.stream);
    if (stream) this.#forget(stream);
  }

  #onSettings(head: FrameHead, payload: Buffer): void {
    if (head.stream !== 0) throw protocolError("settings of a stream");
    const isAck = (head.flags & flag.ack) !== 0;
    if (payload.length % 6 !== 0 || (isAck && payload.length > 0)) {
      throw new Http2Error(errorCode.frameSize, "settings of a wrong size");
    }
    if (isAck) return;
    if (this.#hasSettings) this.#ensureCalm(this.#answers, "settings");
    this.#hasSettings = true;
    for (let at = 0; at < payload.length; at += 6) this.#set(payload.readUInt16BE(at), payload.readUInt32BE(at + 2));
    this.#output.control(settingsAck);
  }

  #set(id: number, value: number): void {
    if (id === setting.headerTableSize) this.#output.limitTable(value);
    else if (id === setting.enablePush && value > 1) throw protocolError("push neither on nor off");
    else if (id === setting.initialWindowSize) this.#setStreamWindow(value);
    else if (id === setting.frameSizeMax && (value < frameBytesDefault || value > frameBytesLimit)) {
      throw protocolError("a frame size out of range");
    }
  }

  #setStreamWindow(value: number): void {
    if (value > windowLimit) throw new Http2Error(errorCode.flowControl, "a window too large");
    const change = value - this.#streamWindow;
    this.#streamWindow = value;
    for (const stream of this.#streams.values()) {
      stream.outgoing.window += change;
      if (stream.outgoing.window > windowLimit) throw new Http2Error(errorCode.flowControl, "a window too large");
      this.#output.enqueue(stream);
    }
  }

  #onPing({ stream, flags }: FrameHead, payload: Buffer): void {
    if (stream !== 0) throw protocolError("a ping on a stream");
    if (payload.length !== 8) throw new Http2Error(errorCode.frameSize, "a ping of a wrong size");
    if (flags & flag.ack) return;
    this.#ensureCalm(this.#answers, "pings");
    this.#output.control(ping(payload, true));
  }

  #onWindowUpdate(head: FrameHead, payload: Buffer): void {
    if (payload.length !== 4) throw new Http2Error(errorCode.frameSize, "a window update of a wrong size");
    const bytes = payload.readUInt32BE(0) & 0x7fff_ffff;
    if (head.stream === 0) {
      if (bytes === 0) throw protocolError("a window update of nothing");
      if (!this.#output.widen(bytes)) throw new Http2Error(errorCode.flowControl, "a window too large");
      return;
    }
    if (head.stream > this.#lastStream) throw protocolError("a window of no stream");
    const stream = this.#streams.get(head.stream);
    if (!stream) return;
    if (bytes === 0) throw protocolError("a window update of nothing", head.stream);
    stream.outgoing.window += bytes;
    if (stream.outgoing.window > windowLimit) {
      throw new Http2Error(errorCode.flowControl, "a window too large", head.stream);
    }
    this.#output.enqueue(stream);
  }

  /** Lets the client send as much again. */
  #credit(bytes: number): void {
    this.#uncredited += bytes;
    if (this.#uncredited < connectionWindow / 2 || this.#state === "closing") return;
    this.#window += this.#uncredited;
    this.#output.control(windowUpdate(0, this.#uncredited));
    this.#uncredited = 0;
  }

  #ensureIgnored(stream: number, code: number): void {
    if (stream > this.#lastStream) throw protocolError("a stream that was never opened");
    if (!this.#ignored.has(stream)) throw new Http2Error(code, "a stream that is over");
  }

  #ensureCalm(bucket: TokenBucket, what: string): void {
    if (!bucket.take()) throw tooMuch(what);
  }
}

const tooMuch = (what: string): Http2Error => new Http2Error(errorCode.enhanceYourCalm, `too many ${what}`);

const isWholeRequest = ({ incoming }: ServerStream): boolean => !incoming || incoming.isComplete;
