/** What stands before a field of bytes that is put together outside of a message's writer. */
const bytesWire = 2;

/** The field's tag and the length of what follows, as varints. `number` is below 16: the tag is one byte. */
export function fieldHead(number: number, length: number): Buffer {
  const bytes = [(number << 3) | bytesWire];
  let rest = length;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
