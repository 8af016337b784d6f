/** How long refused clients are asked to stay away: longer while many are refused, shorter again afterwards. */

export const retrySecondsMin = 1;
const retrySecondsMax = 32;
/** So many refusals a second of waiting make it longer. */
const refusalsPerSecond = 3;

export class RetryAfter {
  #seconds = retrySecondsMin;
  #raisedAt = 0;
  #current = 0;
  #refusals = 0;
  /** Refusals of past seconds: `[second, count]`, the oldest first, as far back as they matter. */
  #history: (readonly [second: number, count: number])[] = [];

  get seconds(): number {
    return this.#seconds;
  }

  /** `now`: milliseconds. */
  refused(now: number): void {
    const second = Math.floor(now / 1000);
    if (second === this.#current) {
      this.#refusals += 1;
      return;
    }
    this.#history.push([this.#current, this.#refusals]);
    this.#history = this.#history.filter(([at]) => second - at <= Math.min(2 * this.#seconds, retrySecondsMax));
    this.#current = second;
    this.#refusals = 1;
    this.#adjust(second);
  }

  #adjust(second: number): void {
    const recent = this.#history.filter(([at]) => second - at <= this.#seconds);
    const refusals = recent.reduce((sum, [, count]) => sum + count, 0);
    if (second - this.#raisedAt >= this.#seconds && refusals >= refusalsPerSecond * this.#seconds) {
      this.#seconds = Math.min(2 * this.#seconds, retrySecondsMax);
      this.#raisedAt = second;
    } else if (refusals < this.#seconds && this.#seconds > retrySecondsMin) this.#seconds -= 1;
  }
}
