/** Cuts the data of one stream into gRPC's messages: a byte that says whether it is compressed, four of length, the bytes. */
import { RpcError, rpcCode } from "./status.ts";

export const prefixBytes = 5;
/** No answer of etcd comes near; a length beyond is an error of the wire, not a reason to collect bytes for ever. */
const messageBytesMax = 2 ** 30;

export function writePrefix(into: Buffer, at: number, length: number): void {
  into[at] = 0;
  into.writeUInt32BE(length, at + 1);
}

export class MessageAssembler {
  #parts: Buffer[] = [];
  #bytes = 0;
  /** Bytes that must be there before the next message, or its prefix, is whole. */
  #wanted = prefixBytes;

  /** Hands over every message that is now whole: a view where it came in one piece. Throws RpcError. */
  push(data: Buffer, onMessage: (message: Buffer) => void): void {
    let buffer = data;
    if (this.#bytes > 0) {
      this.#parts.push(data);
      this.#bytes += data.length;
      if (this.#bytes < this.#wanted) return;
      buffer = Buffer.concat(this.#parts, this.#bytes);
      this.#parts = [];
      this.#bytes = 0;
    }
    const at = this.#takeWhole(buffer, onMessage);
    if (at === buffer.length) return;
    this.#parts = [buffer.subarray(at)];
    this.#bytes = buffer.length - at;
  }

  #takeWhole(buffer: Buffer, onMessage: (message: Buffer) => void): number {
    let at = 0;
    this.#wanted = prefixBytes;
    while (buffer.length - at >= prefixBytes) {
      if (buffer[at] !== 0) throw new RpcError(rpcCode.internal, "a compressed message came, which was not asked for");
      const length = buffer.readUInt32BE(at + 1);
      if (length > messageBytesMax) throw new RpcError(rpcCode.resourceExhausted, `a message of ${length} bytes came`);
      const end = at + prefixBytes + length;
      if (end > buffer.length) {
        this.#wanted = prefixBytes + length;
        return at;
      }
      onMessage(buffer.subarray(at + prefixBytes, end));
      at = end;
    }
    return at;
  }
}
