/**
 * Reads protobuf with every length checked against the message that holds it; what is wrong is a ProtobufError in Go's words.
 * One reader walks a whole tree: `open` narrows it to a nested message, `close` widens it again.
 */

export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

/** Nesting beyond this is no object of ours; the limit keeps recursion off the end of the stack. */
const depthMax = 500;

export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
const wireGroupStart = 3;
const wireGroupEnd = 4;
const wireFixed32 = 5;

const varintBytesMax = 10;
const tagMax = 2 ** 32;
/** From here on a length is negative. */
const lengthMax = 2 ** 63;

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  #end: number;
  #depth: number;

  /** `depth`: how deep the message stands in what another reader reads. */
  constructor(bytes: Buffer, depth = 0) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#depth = depth;
  }

  get depth(): number {
    return this.#depth;
  }

  /** Whether the current message has another field. */
  get more(): boolean {
    return this.#at < this.#end;
  }

  /** The next field: its number times eight, plus its wire type. `message` is what the reader is in. */
  tag(message: string): number {
    const tag = this.uint();
    const wire = tag % 8;
    if (wire === wireGroupEnd) throw new ProtobufError(`proto: ${message}: wiretype end group for non-group`);
    if (tag < 8 || tag >= tagMax) {
      throw new ProtobufError(`proto: ${message}: illegal tag ${Math.floor(tag / 8)} (wire type ${wire})`);
    }
    return tag;
  }

  /** A varint. Exact up to 2^53, beyond it some even larger number. */
  uint(): number {
    let value = this.#byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let factor = 128;
    for (let i = 1; i < varintBytesMax; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new ProtobufError("proto: integer overflow");
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new ProtobufError("unexpected EOF");
    return this.#bytes[this.#at++] as number;
  }

  bool(): boolean {
    return this.uint() !== 0;
  }

  int32(): number {
    const value = this.uint();
    // Up to here a double is exact; negative numbers come as ten bytes.
    return value < 2 ** 53 ? value | 0 : Number(BigInt.asIntN(32, this.#again()));
  }

  /** A number where that is exact. */
  int64(): number | bigint {
    const value = this.uint();
    if (value < 2 ** 53) return value;
    const exact = BigInt.asIntN(64, this.#again());
    const number = Number(exact);
    return Number.isSafeInteger(number) ? number : exact;
  }

  /** The varint that was just read, with all its bits. */
  #again(): bigint {
    let start = this.#at - 1;
    while (start > 0 && this.#at - start < varintBytesMax && (this.#bytes[start - 1] as number) >= 0x80) start--;
    let value = 0n;
    for (let i = this.#at - 1; i >= start; i--) value = (value << 7n) | BigInt((this.#bytes[i] as number) & 0x7f);
    return value;
  }

  double(): number {
    const at = this.#pass(8);
    return this.#bytes.readDoubleLE(at);
  }

  /** Moves on; where it was. */
  #pass(count: number): number {
    const at = this.#at;
    if (count >= lengthMax) throw new ProtobufError("proto: negative length found during unmarshaling");
    if (count > this.#end - at) throw new ProtobufError("unexpected EOF");
    this.#at = at + count;
    return at;
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = this.uint();
    const at = this.#pass(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    const length = this.uint();
    const at = this.#pass(length);
    return length === 0 ? "" : this.#bytes.toString("utf8", at, at + length);
  }

  base64(): string {
    const length = this.uint();
    const at = this.#pass(length);
    return this.#bytes.toString("base64", at, at + length);
  }

  /** Enters a nested message; what it returns is for `close`. */
  open(): number {
    const length = this.uint();
    if (length >= lengthMax) throw new ProtobufError("proto: negative length found during unmarshaling");
    if (length > this.#end - this.#at) throw new ProtobufError("unexpected EOF");
    if (++this.#depth > depthMax) throw new ProtobufError("exceeded max depth");
    const outer = this.#end;
    this.#end = this.#at + length;
    return outer;
  }

  close(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
    this.#depth--;
  }

  /** Passes over a field that nobody knows. */
  skip(tag: number): void {
    let groups = 0;
    let wire = tag & 7;
    for (;;) {
      if (wire === wireVarint) this.uint();
      else if (wire === wireBytes) this.#pass(this.uint());
      else if (wire === wireFixed64 || wire === wireFixed32) this.#pass(wire === wireFixed64 ? 8 : 4);
      else if (wire === wireGroupStart) groups++;
      else if (wire === wireGroupEnd && groups > 0) groups--;
      else
        throw new ProtobufError(
          `proto: ${wire === wireGroupEnd ? "unexpected end of group" : `illegal wireType ${wire}`}`,
        );
      if (groups === 0) return;
      wire = this.uint() % 8;
    }
  }
}

/** Refuses a field that came in another form than its type has. */
export function ensureWire(tag: number, wire: number, field: string): void {
  if ((tag & 7) !== wire) throw new ProtobufError(`proto: wrong wireType = ${tag & 7} for field ${field}`);
}
