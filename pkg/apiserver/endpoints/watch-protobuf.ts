/** A watch event as protobuf: four bytes of length, then `WatchEvent{1: type, 2: RawExtension{1: object}}`. */
import { fieldHead } from "#pkg/apimachinery/protobuf/index.ts";

export function frameProtobuf(type: string, object: Buffer): Buffer {
  const raw = field(1, object);
  const message = Buffer.concat([field(1, Buffer.from(type)), field(2, raw)]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(message.length);
  return Buffer.concat([head, message]);
}

const field = (number: number, bytes: Buffer): Buffer => Buffer.concat([fieldHead(number, bytes.length), bytes]);
