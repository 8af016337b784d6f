/**
 * Buffers in which connections put together what they send, lent from the first byte until the kernel has it. A connection
 * that sends nothing holds none, however many there are; a thousand that send an event each hold little.
 */

/** What one turn of a busy connection sends. */
export const scratchBytes = 128 * 1024;
/** The same where a thousand are busy. */
export const crowdedScratchBytes = 16 * 1024;

interface Size {
  readonly bytes: number;
  /** How many of them may wait to be lent again. */
  readonly idleMax: number;
  readonly idle: Buffer[];
}

/** Smallest first. */
const sizes: readonly Size[] = [
  { bytes: 4 * 1024, idleMax: 1024, idle: [] },
  { bytes: crowdedScratchBytes, idleMax: 1024, idle: [] },
  { bytes: scratchBytes, idleMax: 16, idle: [] },
];

/** A buffer of at least `bytes`, with anything in it. */
export function borrowScratch(bytes: number): Buffer {
  for (const size of sizes) {
    if (bytes <= size.bytes) return size.idle.pop() ?? Buffer.allocUnsafeSlow(size.bytes);
  }
  return Buffer.allocUnsafeSlow(bytes);
}

export function returnScratch(buffer: Buffer): void {
  for (const { bytes, idle, idleMax } of sizes) {
    if (buffer.length === bytes && idle.length < idleMax) idle.push(buffer);
  }
}
