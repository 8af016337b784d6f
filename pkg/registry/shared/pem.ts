/** Blocks of the form `-----BEGIN TYPE-----`, as far as upstream's rules look at them. */

export interface PemBlock {
  readonly type: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
  /** What follows the block. */
  readonly rest: string;
}

const block =
  /(?:^|\n)-----BEGIN ([^\n\r]*?)-----[ \t\r]*\n((?:[^\n:]+:[^\n]*\n)*)\s*([A-Za-z0-9+/=\s]*?)-----END \1-----[ \t\r]*(?:\n|$)/;

/** The first block of a text; undefined where there is none. What cannot be decoded is passed over. */
export function nextPemBlock(text: string): PemBlock | undefined {
  let left = text;
  for (;;) {
    const found = block.exec(left);
    if (!found) return undefined;
    const [whole, type = "", headers = "", body = ""] = found;
    const rest = left.slice(found.index + whole.length);
    const base64 = body.replace(/\s/g, "");
    if (base64.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
      return { type, hasHeaders: headers !== "", bytes: Buffer.from(base64, "base64"), rest };
    }
    left = rest;
  }
}
