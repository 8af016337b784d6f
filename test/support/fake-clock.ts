import type { Clock } from "#pkg/apimachinery/clock.ts";

/** Time that only moves when told; callbacks run as it passes them. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; callback: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  sleep(): Promise<void> {
    throw new Error("not used here");
  }
  after(ms: number, callback: () => void): Disposable {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return {
      [Symbol.dispose]: () => {
        this.#timers = this.#timers.filter((t) => t !== timer);
      },
    };
  }
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.#now);
    this.#timers = this.#timers.filter((timer) => timer.at > this.#now);
    for (const { callback } of due) callback();
  }
}
