/** Header blocks of SPDY/3.1: name and value pairs, compressed over the life of a connection. */
import { constants, createInflate, type Inflate } from "node:zlib";
import { headerDictionary } from "./dictionary.ts";

/** Names are lower case on the wire; a value may hold several, separated by NUL. */
export type StreamHeaders = ReadonlyMap<string, string>;

/** Bounds on what a peer may make us unpack, bytes and count. */
const blockBytesMax = 256 * 1024;
const headersMax = 256;
const storedBytesMax = 0xffff;

/**
 * Packs header blocks for one direction of one connection. The deflate stream consists of stored blocks only: headers
 * are short, and it keeps packing synchronous, so that frames leave in the order of the calls.
 */
export class HeaderPacker {
  #begun = false;

  pack(headers: StreamHeaders): Buffer {
    const plain = plainBlock(headers);
    const parts: Buffer[] = [];
    if (!this.#begun) parts.push(Buffer.from([0x78, 0x01]));
    this.#begun = true;
    for (let at = 0; at < plain.length; at += storedBytesMax)
      parts.push(storedBlock(plain.subarray(at, at + storedBytesMax)));
    // An empty block flushes: without it a reader may wait for more.
    parts.push(storedBlock(Buffer.alloc(0)));
    return Buffer.concat(parts);
  }
}

function storedBlock(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt16LE(bytes.length, 1);
  head.writeUInt16LE(bytes.length ^ 0xffff, 3);
  return Buffer.concat([head, bytes]);
}

function plainBlock(headers: StreamHeaders): Buffer {
  const words = [...headers].flatMap(([name, value]) => [name.toLowerCase(), value]);
  const parts: Buffer[] = [uint32(headers.size)];
  for (const word of words) {
    const bytes = Buffer.from(word);
    parts.push(uint32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Unpacks the header blocks of the other direction, which must come in their order. */
export class HeaderUnpacker implements Disposable {
  readonly #inflate: Inflate;
  #parts: Buffer[] = [];
  #size = 0;
  #failure: Error | undefined;

  constructor() {
    this.#inflate = createInflate({ dictionary: headerDictionary, flush: constants.Z_SYNC_FLUSH });
    this.#inflate.on("error", (error) => {
      this.#failure = error;
    });
    this.#inflate.on("data", (part: Buffer) => {
      this.#size += part.length;
      if (this.#size <= blockBytesMax) this.#parts.push(part);
      else this.#inflate.destroy(new Error("a SPDY header block is too large"));
    });
  }

  /** Rejects for bytes that are no header block; the connection is lost then. */
  async unpack(block: Buffer): Promise<StreamHeaders> {
    this.#parts = [];
    this.#size = 0;
    await new Promise<void>((resolve, reject) => {
      const fail = (): void => reject(this.#failure ?? new Error("the SPDY header stream ended"));
      this.#inflate.once("close", fail);
      this.#inflate.write(block, (error) => {
        this.#inflate.off("close", fail);
        if (error) reject(error);
        else resolve();
      });
    });
    return parseBlock(Buffer.concat(this.#parts));
  }

  [Symbol.dispose](): void {
    this.#inflate.destroy();
  }
}

function parseBlock(bytes: Buffer): StreamHeaders {
  const headers = new Map<string, string>();
  if (bytes.length < 4) throw new Error("a SPDY header block is cut short");
  const count = bytes.readUInt32BE(0);
  if (count > headersMax) throw new Error("a SPDY header block has too many headers");
  let at = 4;
  const word = (): string => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : Infinity;
    if (at + 4 + length > bytes.length) throw new Error("a SPDY header block is cut short");
    const text = bytes.toString("utf8", at + 4, at + 4 + length);
    at += 4 + length;
    return text;
  };
  for (let i = 0; i < count; i++) headers.set(word(), word());
  return headers;
}
