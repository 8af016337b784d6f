import type { Clock } from "#pkg/apimachinery/clock.ts";

/** Wakes those who wait for something to change. */
export class Changes {
  readonly #waiting = new Set<() => void>();
  /** How many there were. */
  count = 0;

  notify(): void {
    this.count++;
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /** Resolves at the next change, after `withinMs`, or when aborted. */
  async next({ clock, withinMs, signal }: { clock: Clock; withinMs: number; signal: AbortSignal }): Promise<void> {
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    using _timer = clock.after(withinMs, resolve);
    this.#waiting.add(resolve);
    const wake = () => resolve();
    signal.addEventListener("abort", wake, { once: true });
    await promise;
    signal.removeEventListener("abort", wake);
    this.#waiting.delete(resolve);
  }
}
