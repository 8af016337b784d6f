/** Documents of OpenAPI v3 in protobuf: made when somebody asks for one, and kept packed beside their JSON. */
import { type Document, Packed } from "./document.ts";
import { documentMessage } from "./v3-protobuf.ts";

export { v3ProtobufMediaType } from "./v3-protobuf.ts";

/** Of all that is kept, bytes: what is asked for seldom is made anew. The built-in documents take less than one of these. */
const packedBytesMax = 4 * 1024 * 1024;

export class ProtobufDocuments {
  readonly #bytesMax: number;
  /** By the hash of the JSON, so that it does not matter of which state of the table; what was asked for last is last. */
  readonly #kept = new Map<string, Packed>();
  #bytes = 0;

  constructor(bytesMax = packedBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Of all that is kept. */
  get packedBytes(): number {
    return this.#bytes;
  }

  bytesOf(document: Document): Buffer {
    const { hash } = document;
    const kept = this.#kept.get(hash);
    if (kept) {
      this.#kept.delete(hash);
      this.#kept.set(hash, kept);
      return kept.bytes;
    }
    const bytes = documentMessage(document.bytes);
    this.#keep(hash, new Packed(bytes));
    return bytes;
  }

  #keep(hash: string, packed: Packed): void {
    this.#kept.set(hash, packed);
    this.#bytes += packed.packedBytes;
    for (const [oldest, { packedBytes }] of this.#kept) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#kept.delete(oldest);
      this.#bytes -= packedBytes;
    }
  }
}
