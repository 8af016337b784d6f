/** A watch event as protobuf: four bytes of length, then `WatchEvent{1: type, 2: RawExtension{1: object}}`. */

export function frameProtobuf(type: string, object: Buffer): Buffer {
  const raw = field(1, object);
  const message = Buffer.concat([field(1, Buffer.from(type)), field(2, raw)]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(message.length);
  return Buffer.concat([head, message]);
}

function field(number: number, bytes: Buffer): Buffer {
  const head = [(number << 3) | 2];
  let rest = bytes.length;
  while (rest > 0x7f) {
    head.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  head.push(rest);
  return Buffer.concat([Buffer.from(head), bytes]);
}
