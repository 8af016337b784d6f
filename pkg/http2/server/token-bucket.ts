/** How often something may happen that costs the other side nothing and us a little. */

export interface TokenBucketOptions {
  readonly burst: number;
  readonly perSecond: number;
  /** Milliseconds from any fixed point. */
  readonly now?: () => number;
}

export class TokenBucket {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  constructor({ burst, perSecond, now = () => performance.now() }: TokenBucketOptions) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#now = now;
    this.#tokens = burst;
    this.#filledAt = now();
  }

  /** False: too often. The clock is read only when the tokens have run out. */
  take(): boolean {
    if (this.#tokens < 1) this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const now = this.#now();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#filledAt) / 1_000) * this.#perSecond);
    this.#filledAt = now;
  }
}
