/** The little of protobuf's wire format that etcd's messages need. Values are copied once, when a message is joined. */

/** A message under construction: its pieces and how many bytes they are together. */
export class MessageWriter {
  readonly #parts: Buffer[] = [];
  #length = 0;

  /** Zero is proto3's default and is left out. */
  int(field: number, value: number | bigint | boolean | undefined): this {
    if (!value) return this;
    const head: number[] = [];
    pushVarint(head, field << 3);
    if (typeof value === "bigint") pushBigVarint(head, BigInt.asUintN(64, value));
    else pushVarint(head, Number(value));
    return this.#push(Buffer.from(head));
  }

  /** Writes the field even when it is zero: oneof members carry presence. */
  presentInt(field: number, value: number): this {
    const head: number[] = [];
    pushVarint(head, field << 3);
    pushVarint(head, value);
    return this.#push(Buffer.from(head));
  }

  bytes(field: number, value: Buffer | string | undefined): this {
    if (value === undefined || value.length === 0) return this;
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    this.#push(lengthPrefix(field, bytes.length));
    return this.#push(bytes);
  }

  message(field: number, value: MessageWriter): this {
    this.#push(lengthPrefix(field, value.#length));
    this.#parts.push(...value.#parts);
    this.#length += value.#length;
    return this;
  }

  join(): Buffer {
    return Buffer.concat(this.#parts, this.#length);
  }

  #push(part: Buffer): this {
    this.#parts.push(part);
    this.#length += part.length;
    return this;
  }
}

function lengthPrefix(field: number, length: number): Buffer {
  const head: number[] = [];
  pushVarint(head, (field << 3) | 2);
  pushVarint(head, length);
  return Buffer.from(head);
}

/** `value` is a whole number from 0 to 2^53. */
function pushVarint(into: number[], value: number): void {
  let rest = value;
  while (rest > 0x7f) {
    into.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  into.push(rest);
}

function pushBigVarint(into: number[], value: bigint): void {
  let rest = value;
  while (rest > 0x7fn) {
    into.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  into.push(Number(rest));
}

/** Walks the fields of one message in place. `bytes` and `message` are views: copy what outlives the message. */
export class MessageReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;
  #wireType = 0;

  constructor(buffer: Buffer, start = 0, end = buffer.length) {
    this.#buffer = buffer;
    this.#at = start;
    this.#end = end;
  }

  /** The next field's number, or 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.int();
    this.#wireType = tag & 7;
    return tag >>> 3;
  }

  /** A varint as a number; exact to 2^53, which revisions and counts never reach. */
  int(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 0x80;
    }
  }

  bigint(): bigint {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
      shift += 7n;
    }
  }

  bytes(): Buffer {
    const length = this.int();
    const start = this.#at;
    this.#advance(length);
    return this.#buffer.subarray(start, start + length);
  }

  string(): string {
    const length = this.int();
    const start = this.#at;
    this.#advance(length);
    return this.#buffer.toString("utf8", start, start + length);
  }

  message(): MessageReader {
    const length = this.int();
    const start = this.#at;
    this.#advance(length);
    return new MessageReader(this.#buffer, start, start + length);
  }

  /** Steps over the value of the field that `next` returned. */
  skip(): void {
    if (this.#wireType === 0) this.int();
    else if (this.#wireType === 1) this.#advance(8);
    else if (this.#wireType === 2) this.#advance(this.int());
    else if (this.#wireType === 5) this.#advance(4);
    else throw new Error(`unknown protobuf wire type ${this.#wireType}`);
  }

  #byte(): number {
    const byte = this.#at < this.#end ? this.#buffer[this.#at] : undefined;
    if (byte === undefined) throw new Error("truncated protobuf message");
    this.#at += 1;
    return byte;
  }

  #advance(length: number): void {
    this.#at += length;
    if (this.#at > this.#end) throw new Error("truncated protobuf message");
  }
}
