/** Delays that double up to a bound, with jitter, so that many clients do not come back at the same moment. */

export interface BackoffOptions {
  readonly firstMs: number;
  readonly maxMs: number;
  /** Part of the delay that is random: 0.5 means between 50 % and 100 % of it. */
  readonly jitter?: number;
  readonly random?: () => number;
}

export class Backoff {
  readonly #options: BackoffOptions;
  #nextMs: number;
  /** Failures since the last success. */
  failures = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#nextMs = options.firstMs;
  }

  /** The delay to wait after one more failure, in milliseconds. */
  nextMs(): number {
    const { maxMs, jitter = 0.5, random = Math.random } = this.#options;
    const ms = this.#nextMs;
    this.#nextMs = Math.min(maxMs, ms * 2);
    this.failures++;
    return ms * (1 - jitter * random());
  }

  reset(): void {
    this.#nextMs = this.#options.firstMs;
    this.failures = 0;
  }
}
