/** Calls in waves of 1, 2, 4, …: one refusal (a quota, a broken webhook) stops the rest instead of repeating it a thousand times. */

const waveMax = 500;

/** Runs `call` for each item. Throws the first error after its wave has ended. */
export async function inWaves<T>(items: readonly T[], call: (item: T) => Promise<void>): Promise<void> {
  let start = 0;
  for (let size = 1; start < items.length; size = Math.min(size * 2, waveMax)) {
    const results = await Promise.allSettled(items.slice(start, start + size).map(call));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
    start += size;
  }
}
