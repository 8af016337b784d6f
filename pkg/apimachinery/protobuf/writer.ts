/**
 * Writes protobuf from the end of a buffer to its front: the length of a message is known when its head is written, so
 * nothing is measured first and nothing is moved.
 */
import { wireBytes } from "./reader.ts";

const startBytes = 16 * 1024;
/** A buffer that grew beyond this for one object is given back afterwards. */
const keptBytesMax = 1024 * 1024;
/** Up to here a loop over characters beats a call into the runtime. */
const shortText = 32;

export class Writer {
  #bytes = Buffer.allocUnsafeSlow(startBytes);
  #at = startBytes;

  /** Bytes written so far: the difference of two of these is a length. */
  get size(): number {
    return this.#bytes.length - this.#at;
  }

  /** A copy of what was written; the writer starts over. */
  take(): Buffer {
    const out = Buffer.from(this.#bytes.subarray(this.#at));
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafeSlow(startBytes);
    this.#at = this.#bytes.length;
    return out;
  }

  #reserve(count: number): void {
    if (this.#at >= count) return;
    const used = this.size;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, used + count));
    this.#bytes.copy(grown, grown.length - used, this.#at);
    this.#bytes = grown;
    this.#at = grown.length - used;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    if (value < 0x80) {
      this.#bytes[--this.#at] = value;
      return;
    }
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length++;
    this.#at -= length;
    let rest = value;
    for (let i = 0; i < length - 1; i++) {
      this.#bytes[this.#at + i] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at + length - 1] = rest;
  }

  /** Any int64; negative numbers take ten bytes. */
  bigVarint(value: bigint): void {
    const digits: number[] = [];
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) digits.push(Number(rest & 0x7fn) | 0x80);
    digits.push(Number(rest));
    this.raw(Buffer.from(digits));
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at -= 8;
    this.#bytes.writeDoubleLE(value, this.#at);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#at -= bytes.length;
    this.#bytes.set(bytes, this.#at);
  }

  utf8(text: string): void {
    const { length } = text;
    if (length <= shortText && this.#ascii(text, length)) return;
    const bytes = Buffer.byteLength(text);
    this.#reserve(bytes);
    this.#at -= bytes;
    this.#bytes.write(text, this.#at, bytes, "utf8");
  }

  /** Writes the text, unless it has other characters than ASCII's. */
  #ascii(text: string, length: number): boolean {
    this.#reserve(length);
    const bytes = this.#bytes;
    const at = this.#at - length;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      bytes[at + i] = code;
    }
    this.#at = at;
    return true;
  }

  tag(number: number, wire: number): void {
    this.varint(number * 8 + wire);
  }

  /** Closes a length-delimited field whose content was written since `size` was `before`. */
  delimit(number: number, before: number): void {
    this.varint(this.size - before);
    this.tag(number, wireBytes);
  }
}
