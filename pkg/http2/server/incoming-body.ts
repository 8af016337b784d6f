/** The body of a request as it arrives, and how much more of it the client may send. */
import { Http2Error, protocolError } from "../errors.ts";
import { errorCode } from "../frames.ts";

/** How much a client may send on a stream ahead of its reader, bytes. */
export const streamWindow = 1 << 20;

/** Called in the order of the bytes; exactly one of `end` and `cut` is called, last. */
export interface BodyReader {
  /** The bytes are the reader's. */
  data(bytes: Buffer): void;
  end(): void;
  /** The rest will not come. */
  cut(): void;
}

/** Bytes that were taken from the body's window and from its connection's. */
type Credit = (bytes: number) => void;

export class IncomingBody {
  readonly #stream: number;
  /** Undefined: not said. */
  readonly #length: number | undefined;
  readonly #creditConnection: Credit;
  readonly #creditStream: Credit;
  #reader: BodyReader | undefined;
  #held: Buffer[] = [];
  #received = 0;
  #window = streamWindow;
  /** Given to the reader, or held for it. */
  #unconsumed = 0;
  #uncredited = 0;
  #isClosed = false;
  #state: "open" | "complete" | "cut" = "open";

  constructor(stream: number, length: number | undefined, credits: { connection: Credit; stream: Credit }) {
    this.#stream = stream;
    this.#length = length;
    this.#creditConnection = credits.connection;
    this.#creditStream = credits.stream;
  }

  get isComplete(): boolean {
    return this.#state === "complete";
  }

  /**
   * What has come is given at once. The reader calls `consumed` for what it has done with. Only the first reader gets
   * anything.
   */
  read(reader: BodyReader): void {
    if (this.#reader) return;
    this.#reader = reader;
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) reader.data(bytes);
    if (this.#state === "complete") reader.end();
    else if (this.#state === "cut") reader.cut();
  }

  /** `bytes` of a frame of which the padding, `padding`, is nobody's. */
  push(bytes: Buffer, padding: number): void {
    const taken = bytes.length + padding;
    if (taken > this.#window) throw new Http2Error(errorCode.flowControl, "more than the window", this.#stream);
    this.#window -= taken;
    this.#unconsumed += taken;
    this.#received += bytes.length;
    if (this.#length !== undefined && this.#received > this.#length) {
      throw protocolError("a body longer than its content-length", this.#stream);
    }
    if (padding > 0) this.consumed(padding);
    if (bytes.length === 0) return;
    if (this.#reader) this.#reader.data(bytes);
    else this.#held.push(bytes);
  }

  /** Lets the client send as much again. */
  consumed(bytes: number): void {
    if (this.#isClosed) return;
    this.#unconsumed -= bytes;
    this.#creditConnection(bytes);
    if (this.#state !== "open") return;
    this.#uncredited += bytes;
    if (this.#uncredited < streamWindow / 2) return;
    this.#window += this.#uncredited;
    this.#creditStream(this.#uncredited);
    this.#uncredited = 0;
  }

  end(): void {
    if (this.#length !== undefined && this.#received !== this.#length) {
      throw protocolError("a body shorter than its content-length", this.#stream);
    }
    this.#state = "complete";
    this.#reader?.end();
  }

  /** Nothing of it is wanted any more, or nothing more will come: other streams may use the connection's window. */
  close(): void {
    if (this.#state === "open") {
      this.#state = "cut";
      this.#reader?.cut();
    }
    this.#held = [];
    const bytes = this.#unconsumed;
    if (bytes > 0) this.consumed(bytes);
    this.#isClosed = true;
  }
}
