/** For how long a number has stood where, in relation to a limit: the histograms that upstream "observes every nanosecond". */

const nanosecondsPerMs = 1e6;
/** Numbers that are seen often have their place from the start. */
const usualMax = 64;

export class RatioTimes {
  readonly bounds: readonly number[];
  /** Nanoseconds by bucket, the last one for what is above all bounds; not cumulative. */
  readonly #buckets: number[];
  #sum = 0;
  #denominator = 1;
  /** Milliseconds by number, since the last time that they were sorted into buckets. */
  readonly #times: number[] = new Array<number>(usualMax).fill(0);

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.#buckets = new Array<number>(bounds.length + 1).fill(0);
  }

  /** The number, a whole one of 0 or more, has stood for so long. */
  add(value: number, ms: number): void {
    while (this.#times.length <= value) this.#times.push(0);
    this.#times[value]! += ms;
  }

  set denominator(value: number) {
    if (value === this.#denominator) return;
    this.#sort();
    this.#denominator = value;
  }

  /** `counts` by bucket in nanoseconds, not cumulative; `sum`: of the ratio over time, in nanoseconds. */
  read(): { readonly counts: readonly number[]; readonly sum: number } {
    this.#sort();
    return { counts: this.#buckets, sum: this.#sum };
  }

  #sort(): void {
    for (const [value, ms] of this.#times.entries()) {
      if (ms === 0) continue;
      const ratio = value / this.#denominator;
      const found = this.bounds.findIndex((bound) => ratio <= bound);
      this.#buckets[found < 0 ? this.bounds.length : found]! += ms * nanosecondsPerMs;
      this.#sum += ratio * ms * nanosecondsPerMs;
      this.#times[value] = 0;
    }
  }
}
