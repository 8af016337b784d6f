/** One request and its response. */
import type { TLSSocket } from "node:tls";
import { errorCode } from "../frames.ts";
import type { HeaderFields } from "../header-encoder.ts";
import type { BodyReader, IncomingBody } from "./incoming-body.ts";
import { OutgoingBody } from "./outgoing-body.ts";
import type { RequestHead } from "./request-head.ts";

/** What a stream asks of its connection. */
export interface StreamHost {
  readonly socket: TLSSocket;
  /** `endsStream`: there is no body. */
  sendHeaders(stream: ServerStream, status: number, headers: HeaderFields, endsStream: boolean): void;
  /** Its outgoing body has changed. */
  sendBody(stream: ServerStream): void;
  /** Ends it for both sides. */
  reset(stream: ServerStream, code: number): void;
}

export class ServerStream {
  readonly id: number;
  readonly head: RequestHead;
  readonly outgoing: OutgoingBody;
  /** Undefined: the request has none. */
  readonly incoming: IncomingBody | undefined;
  readonly #host: StreamHost;
  #closeCallbacks: (() => void)[] | undefined;
  #continues: boolean;
  /** It waits in the connection's line of those that have something to send. */
  isInLine = false;
  /** 0: no response yet. */
  status = 0;
  isClosed = false;

  constructor(
    host: StreamHost,
    id: number,
    parts: { head: RequestHead; window: number; body: IncomingBody | undefined },
  ) {
    this.#host = host;
    this.id = id;
    this.head = parts.head;
    this.outgoing = new OutgoingBody(parts.window);
    this.incoming = parts.body;
    this.#continues = parts.body !== undefined;
  }

  get socket(): TLSSocket {
    return this.#host.socket;
  }

  /** The first reader gets the body; a client that waits to be asked for it is asked. */
  readBody(reader: BodyReader): void {
    if (!this.incoming) {
      reader.end();
      return;
    }
    if (this.#continues && this.status === 0 && !this.isClosed && expectsContinue(this.head)) {
      this.#host.sendHeaders(this, 100, {}, false);
    }
    this.#continues = false;
    this.incoming.read(reader);
  }

  /** What a reader of the body has done with: the client may send as much again. */
  consumed(bytes: number): void {
    this.incoming?.consumed(bytes);
  }

  /** False: there has been a response, or nobody waits for it. */
  respond(status: number, headers: HeaderFields, body?: Buffer): boolean {
    if (this.isClosed || this.status !== 0) return false;
    this.status = status;
    const isWhole = body !== undefined;
    const hasBody = this.head.method !== "HEAD" && status !== 204 && status !== 304;
    if (!hasBody) this.outgoing.isEnded = true;
    const endsStream = !hasBody || (isWhole && body.length === 0);
    this.#host.sendHeaders(this, status, headers, endsStream);
    if (isWhole && !endsStream) this.end(body);
    return true;
  }

  get isWritable(): boolean {
    return !this.isClosed && !this.outgoing.isEnded;
  }

  /** False: enough is waiting, or nobody takes it. */
  write(chunk: Buffer): boolean {
    if (!this.isWritable) return false;
    this.outgoing.add(chunk);
    this.#host.sendBody(this);
    return !this.outgoing.isFull;
  }

  end(chunk?: Buffer): void {
    if (!this.isWritable) return;
    if (chunk) this.outgoing.add(chunk);
    this.outgoing.isEnded = true;
    this.#host.sendBody(this);
  }

  /** Called once, when most of what waits has gone or the stream is over. */
  onDrain(callback: () => void): void {
    if (this.isClosed || this.outgoing.bytes === 0) callback();
    else this.outgoing.onDrain(callback);
  }

  reset(code: number = errorCode.internal): void {
    if (!this.isClosed) this.#host.reset(this, code);
  }

  /** Called once when the response has gone to the kernel or will not. */
  onClose(callback: () => void): void {
    if (this.isClosed) callback();
    else if (this.#closeCallbacks) this.#closeCallbacks.push(callback);
    else this.#closeCallbacks = [callback];
  }

  /** For the connection: nothing more goes either way. */
  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.incoming?.close();
    this.outgoing.drop();
    const callbacks = this.#closeCallbacks;
    this.#closeCallbacks = undefined;
    if (callbacks) for (const callback of callbacks) callback();
  }
}

function expectsContinue({ fields }: RequestHead): boolean {
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i] === "expect") return fields[i + 1]?.toLowerCase() === "100-continue";
  }
  return false;
}
