/** A document as it is kept: packed, because documents are megabytes that few ask for and few ask again. */
import { createHash } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";

export interface Document {
  /** Made anew for each reader. */
  readonly bytes: Buffer;
  /** Of the bytes. */
  readonly hash: string;
}

/** Bytes that take little room while nobody reads them. */
export class Packed {
  readonly #packed: Buffer;

  constructor(bytes: Buffer) {
    this.#packed = deflateRawSync(bytes, { level: 1 });
  }

  /** What it takes while nobody reads it. */
  get packedBytes(): number {
    return this.#packed.length;
  }

  get bytes(): Buffer {
    return inflateRawSync(this.#packed);
  }
}

class PackedDocument extends Packed implements Document {
  readonly hash: string;

  constructor(bytes: Buffer) {
    super(bytes);
    this.hash = createHash("sha512").update(bytes).digest("hex").toUpperCase();
  }
}

export const packedDocument = (bytes: Buffer): Document => new PackedDocument(bytes);
