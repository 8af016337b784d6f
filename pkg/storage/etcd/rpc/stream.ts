/** One call on a connection. */
import { frameHeadBytes } from "#pkg/http2/frames.ts";
import { MessageAssembler, prefixBytes, writePrefix } from "./message-assembler.ts";
import { codeOfHttp, decodeMessageText, RpcError, rpcCode } from "./status.ts";

/** What becomes of a call. */
export interface CallEvents {
  /** One whole message; may be a view of the network's bytes. */
  onMessage(message: Buffer): void;
  /** The last that is heard; undefined: the server said OK. */
  onEnd(failure: RpcError | undefined): void;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  /** Sends as much of the stream's data as the windows let through. */
  pump(stream: RpcStream): void;
  /** The stream is over: `reset` tells the server, which does not know yet. */
  release(stream: RpcStream, reset: boolean): void;
}

export class RpcStream {
  /** 0 until the connection has begun it. */
  id = 0;
  /** How many bytes the server lets us send on this stream. */
  sendWindow = 0;
  /** Bytes that came and of which the server was not told yet that there is room for more. */
  unacknowledged = 0;
  /** The encoded request headers. */
  readonly head: Buffer;
  readonly #host: StreamHost;
  readonly #events: CallEvents;
  readonly #assembler = new MessageAssembler();
  /** What waits to be sent, in order, with its prefixes. */
  readonly outgoing: Buffer[] = [];
  /** Nothing will be added to `outgoing`. */
  finishing = false;
  #over = false;
  #headers: ReadonlyMap<string, string> | undefined;

  constructor(host: StreamHost, head: Buffer, events: CallEvents) {
    this.#host = host;
    this.head = head;
    this.#events = events;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** `last`: the call sends nothing more. Harmless after the end. */
  send(message: Buffer, last: boolean): void {
    if (this.#over) return;
    const prefix = Buffer.allocUnsafe(prefixBytes);
    writePrefix(prefix, 0, message.length);
    this.outgoing.push(prefix);
    if (message.length > 0) this.outgoing.push(message);
    this.finishing = last;
    this.#host.pump(this);
  }

  /** Ends the call from our side. */
  cancel(failure: RpcError): void {
    if (this.#over) return;
    this.#host.release(this, true);
    this.end(failure);
  }

  onHeaders(headers: ReadonlyMap<string, string>, isLast: boolean): void {
    if (this.#over) return;
    const interim = headers.get(":status")?.startsWith("1");
    if (interim && !isLast) return;
    this.#headers ??= headers;
    if (isLast) this.onLast(headers);
  }

  onData(data: Buffer, isLast: boolean): void {
    if (this.#over) return;
    try {
      this.#assembler.push(data, (message) => {
        if (!this.#over) this.#events.onMessage(message);
      });
    } catch (error) {
      this.cancel(error instanceof RpcError ? error : new RpcError(rpcCode.internal, String(error), { cause: error }));
      return;
    }
    if (isLast) this.onLast(new Map());
  }

  /** The server has ended the stream. */
  onLast(trailers: ReadonlyMap<string, string>): void {
    if (this.#over) return;
    // A server may answer before it has read everything: what is left will not be sent.
    this.#host.release(this, this.outgoing.length > 0 || !this.finishing);
    const code = trailers.get("grpc-status");
    if (code === "0") this.end(undefined);
    else if (code === undefined) {
      const status = this.#headers?.get(":status");
      this.end(new RpcError(codeOfHttp(status), `the stream ended without a status, HTTP status ${status}`));
    } else this.end(new RpcError(Number(code), decodeMessageText(trailers.get("grpc-message") ?? "")));
  }

  /** Told once; whoever calls has let the connection forget the stream. */
  end(failure: RpcError | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.outgoing.length = 0;
    this.#events.onEnd(failure);
  }

  /** Room for a frame's head and the request's headers. */
  get headBytes(): number {
    return frameHeadBytes + this.head.length;
  }
}
