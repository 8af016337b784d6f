/** Reads protobuf with every length checked; what is wrong is a ProtobufError. */

export class ProtobufError extends Error {
  override readonly name = "ProtobufError";
}

export class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Each field's number and wire type; the caller reads or skips the value before the next. */
  *fields(): Generator<{ number: number; wire: number }> {
    while (this.#at < this.#bytes.length) {
      const tag = Number(this.varint());
      const number = Math.floor(tag / 8);
      if (number < 1 || number > 0x1fffffff) throw new ProtobufError(`illegal tag ${number}`);
      yield { number, wire: tag % 8 };
    }
  }

  varint(): bigint {
    let small = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new ProtobufError("unexpected EOF");
      if (i < 7) {
        small += (byte & 0x7f) * factor;
        factor *= 128;
        if (byte < 0x80) return BigInt(small);
      } else return this.#rest(BigInt(small), byte, i);
    }
    throw new ProtobufError("integer overflow");
  }

  /** The eighth and later bytes, beyond what a double holds. */
  #rest(low: bigint, first: number, index: number): bigint {
    let value = low;
    let byte = first;
    for (let i = index; ; i++) {
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
      const next = this.#bytes[this.#at++];
      if (next === undefined) throw new ProtobufError("unexpected EOF");
      if (i >= 9) throw new ProtobufError("integer overflow");
      byte = next;
    }
  }

  double(): number {
    if (this.#at + 8 > this.#bytes.length) throw new ProtobufError("unexpected EOF");
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const length = Number(this.varint());
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProtobufError("unexpected EOF");
    const out = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return out;
  }

  expect(wire: number, wanted: number): this {
    if (wire !== wanted) throw new ProtobufError(`wrong wireType = ${wire}`);
    return this;
  }

  skip(wire: number): void {
    if (wire === 0) this.varint();
    else if (wire === 2) this.bytes();
    else if (wire === 1 || wire === 5) {
      this.#at += wire === 1 ? 8 : 4;
      if (this.#at > this.#bytes.length) throw new ProtobufError("unexpected EOF");
    } else throw new ProtobufError(`illegal wireType ${wire}`);
  }
}
