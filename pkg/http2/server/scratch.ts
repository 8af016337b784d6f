/**
 * Buffers in which connections put together what they send, lent from the first byte until the kernel has it. A connection
 * that sends nothing holds none, however many there are.
 */

/** What one turn of a busy connection sends. */
export const scratchBytes = 128 * 1024;
/** Buffers that wait to be lent again. */
const idleMax = 16;

const idle: Buffer[] = [];

/** A buffer of at least `bytes`, with anything in it. */
export function borrowScratch(bytes: number): Buffer {
  if (bytes > scratchBytes) return Buffer.allocUnsafeSlow(bytes);
  return idle.pop() ?? Buffer.allocUnsafeSlow(scratchBytes);
}

export function returnScratch(buffer: Buffer): void {
  if (buffer.length === scratchBytes && idle.length < idleMax) idle.push(buffer);
}
