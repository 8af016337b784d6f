/** Reads and writes under way and waiting, now and over time. */
import { RatioTimes } from "./ratio-times.ts";

const bounds = [0, 0.001, 0.01, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1];

export interface KindCounts {
  readOnly: number;
  mutating: number;
}

export type Kind = keyof KindCounts;

const kindTimes = () => ({ readOnly: new RatioTimes(bounds), mutating: new RatioTimes(bounds) });

export class KindStatistics {
  readonly executing: KindCounts = { readOnly: 0, mutating: 0 };
  readonly waiting: KindCounts = { readOnly: 0, mutating: 0 };
  readonly executingTimes = kindTimes();
  readonly waitingTimes = kindTimes();
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  /** It was so until now. */
  sync(now: number): void {
    const ms = now - this.#since;
    if (ms <= 0) return;
    this.#since = now;
    this.executingTimes.readOnly.add(this.executing.readOnly, ms);
    this.executingTimes.mutating.add(this.executing.mutating, ms);
    this.waitingTimes.readOnly.add(this.waiting.readOnly, ms);
    this.waitingTimes.mutating.add(this.waiting.mutating, ms);
  }

  relateTo({ seats, places }: { readonly seats: number; readonly places: number }): void {
    for (const times of Object.values(this.executingTimes)) times.denominator = Math.max(1, seats);
    for (const times of Object.values(this.waitingTimes)) times.denominator = Math.max(1, places);
  }
}
