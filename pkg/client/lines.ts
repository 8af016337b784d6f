/** Splits a byte stream at newlines. A line inside one chunk is decoded straight from it; only a line across chunks is joined. */

const newline = 0x0a;
/** One watch event carries one object; etcd bounds those to a few MiB. */
const lineBytesMax = 64 << 20;

export class LineSplitter {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** The lines completed by this chunk, without their newlines. Throws when a line grows beyond the bound. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      if (this.#pendingBytes > 0) lines.push(this.#join(chunk.subarray(start, end)));
      else if (end > start) lines.push(chunk.toString("utf8", start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
    return lines;
  }

  /** True when the stream stopped in the middle of a line. */
  get partial(): boolean {
    return this.#pendingBytes > 0;
  }

  #keep(rest: Buffer): void {
    this.#pending.push(rest);
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > lineBytesMax) throw new Error(`a line is longer than ${lineBytesMax} bytes`);
  }

  #join(tail: Buffer): string {
    const line = Buffer.concat([...this.#pending, tail]).toString("utf8");
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }
}
