/** Protobuf without a schema: numbers, wire types and values of the fields that a message has. Shares nothing with our decoder. */

export interface WireField {
  readonly number: number;
  readonly wire: Wire;
  /** A varint without its sign, the eight or four bytes of a fixed number, or the bytes of anything with a length. */
  readonly value: bigint | Buffer;
  /** False where a tag, a length or a varint was written in more bytes than it needs. */
  readonly minimal: boolean;
}

export const wires = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
type Wire = (typeof wires)[keyof typeof wires];

const varintBytesMax = 10;
const numberMax = 2n ** 29n - 1n;

/** Undefined for what is no message, as far as its bytes tell. Groups are none: nothing of the API has them. */
export function parseFields(bytes: Buffer): WireField[] | undefined {
  const fields: WireField[] = [];
  let at = 0;
  while (at < bytes.length) {
    const field = fieldAt(bytes, at);
    if (!field) return undefined;
    fields.push(field.field);
    at = field.end;
  }
  return fields;
}

interface Read<T> {
  readonly value: T;
  readonly end: number;
  readonly minimal: boolean;
}

function fieldAt(bytes: Buffer, at: number): { field: WireField; end: number } | undefined {
  const tag = varintAt(bytes, at);
  if (!tag) return undefined;
  const number = tag.value >> 3n;
  const wire = Number(tag.value & 7n);
  if (number < 1n || number > numberMax) return undefined;
  const read = valueAt(bytes, tag.end, wire);
  if (!read) return undefined;
  const field = { number: Number(number), wire: wire as Wire, value: read.value, minimal: tag.minimal && read.minimal };
  return { field, end: read.end };
}

function valueAt(bytes: Buffer, at: number, wire: number): Read<bigint | Buffer> | undefined {
  switch (wire) {
    case wires.varint:
      return varintAt(bytes, at);
    case wires.fixed64:
      return slice(bytes, at, 8);
    case wires.fixed32:
      return slice(bytes, at, 4);
    case wires.bytes: {
      const length = varintAt(bytes, at);
      if (!length || length.value > BigInt(bytes.length)) return undefined;
      const read = slice(bytes, length.end, Number(length.value));
      return read && { ...read, minimal: length.minimal };
    }
    default:
      return undefined;
  }
}

function slice(bytes: Buffer, at: number, length: number): Read<Buffer> | undefined {
  const end = at + length;
  return end <= bytes.length ? { value: bytes.subarray(at, end), end, minimal: true } : undefined;
}

function varintAt(bytes: Buffer, at: number): Read<bigint> | undefined {
  let value = 0n;
  for (let i = 0; i < varintBytesMax; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    // A last byte of nothing but zeros adds nothing.
    if (byte < 0x80) return { value, end: at + i + 1, minimal: i === 0 || byte !== 0 };
  }
  return undefined;
}
