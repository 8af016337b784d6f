/**
 * Bytes that are to be kept, in memory of exactly their size: Node cuts small buffers out of blocks of 64 KiB, and one that
 * lives on keeps all of its block.
 */
export function ownMemory(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const own = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(own);
  return own;
}
