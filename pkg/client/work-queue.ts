/**
 * Keys to work on. A key waits at most once, and is never handed out while it is being worked on: a key added meanwhile comes
 * again after `done`. So the queue is bounded by the number of distinct keys, and one key never runs twice at once.
 */
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { DelayHeap } from "./delay-heap.ts";
import { onAbort } from "./on-abort.ts";

/** Told about every step, for metrics. Times are in seconds. */
export interface QueueMetrics {
  depth?(depth: number): void;
  added?(): void;
  retried?(): void;
  waited?(seconds: number): void;
  worked?(seconds: number): void;
}

/** Upstream's limits: 5 ms doubling to 1000 s for one key, and ten retries a second over all after a burst of 100. */
export interface RateLimits {
  readonly firstMs: number;
  readonly maxMs: number;
  readonly perSecond: number;
  readonly burst: number;
}
const upstreamLimits: RateLimits = { firstMs: 5, maxMs: 1_000_000, perSecond: 10, burst: 100 };

export interface WorkQueueOptions {
  readonly clock?: Clock;
  readonly metrics?: QueueMetrics;
  readonly limits?: Partial<RateLimits>;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #metrics: QueueMetrics;
  readonly #limits: RateLimits;
  /** Keys ready to run, in order, with the time they were added. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Map<string, number>();
  /** Added while running: they become ready again when done. */
  readonly #again = new Map<string, number>();
  readonly #delayed = new DelayHeap();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #timer: { at: number; handle: Disposable } | undefined;
  #bucketFullAt = 0;
  #shutDown = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#metrics = options.metrics ?? {};
    this.#limits = { ...upstreamLimits, ...options.limits };
  }

  /** Keys ready to run. */
  get length(): number {
    return this.#ready.size;
  }

  /** Keys waiting for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** Nothing ready and nothing running. */
  get idle(): boolean {
    return this.#ready.size === 0 && this.#running.size === 0;
  }

  add(key: string): void {
    if (this.#shutDown || this.#ready.has(key) || this.#again.has(key)) return;
    this.#metrics.added?.();
    const now = this.#clock.now();
    if (this.#running.has(key)) this.#again.set(key, now);
    else this.#makeReady(key, now);
  }

  /** Adds the key after `ms`; of several times the earliest counts. */
  addAfter(key: string, ms: number): void {
    if (this.#shutDown) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    this.#delayed.push(key, this.#clock.now() + ms);
    this.#arm();
  }

  /**
   * Adds the key after a delay that doubles with each failure since `forget`. `overall: false` leaves the bucket of all keys
   * out: for failures that the next look at a fresher cache mends.
   */
  addRateLimited(key: string, { overall = true }: { overall?: boolean } = {}): void {
    this.#metrics.retried?.();
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const ownMs = Math.min(this.#limits.maxMs, this.#limits.firstMs * 2 ** failures);
    this.addAfter(key, Math.max(ownMs, overall ? this.#bucketMs() : 0));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** How often the key has failed since `forget`. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key, once there is one; undefined after shut-down or when the signal aborts. Every key taken needs a `done`. */
  take(signal?: AbortSignal): Promise<string | undefined> {
    const key = this.#takeNow();
    if (key !== undefined) return Promise.resolve(key);
    if (this.#shutDown || signal?.aborted) return Promise.resolve(undefined);
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const stop = () => {
      this.#takers.splice(this.#takers.indexOf(taker), 1);
      resolve(undefined);
    };
    const stopping = signal && onAbort(signal, stop);
    const taker = (given: string | undefined) => {
      stopping?.[Symbol.dispose]();
      resolve(given);
    };
    this.#takers.push(taker);
    return promise;
  }

  done(key: string): void {
    const startedAt = this.#running.get(key);
    if (startedAt === undefined) return;
    const now = this.#clock.now();
    this.#metrics.worked?.((now - startedAt) / 1000);
    this.#running.delete(key);
    const addedAt = this.#again.get(key);
    if (addedAt === undefined) return;
    this.#again.delete(key);
    this.#makeReady(key, addedAt);
  }

  /** Gives every waiting taker undefined and drops what waits. Keys being worked on may finish. */
  shutDown(): void {
    this.#shutDown = true;
    this.#timer?.handle[Symbol.dispose]();
    this.#ready.clear();
    this.#again.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
  }

  #takeNow(): string | undefined {
    for (const [key, addedAt] of this.#ready) {
      this.#ready.delete(key);
      const now = this.#clock.now();
      this.#running.set(key, now);
      this.#metrics.waited?.((now - addedAt) / 1000);
      this.#metrics.depth?.(this.#ready.size);
      return key;
    }
    return undefined;
  }

  #makeReady(key: string, addedAt: number): void {
    this.#ready.set(key, addedAt);
    this.#metrics.depth?.(this.#ready.size);
    const taker = this.#takers.shift();
    if (taker) taker(this.#takeNow());
  }

  /** The overall bucket as a time: each retry moves the moment when it is full again. */
  #bucketMs(): number {
    const { perSecond, burst } = this.#limits;
    const now = this.#clock.now();
    const everyMs = 1000 / perSecond;
    this.#bucketFullAt = Math.max(this.#bucketFullAt, now) + everyMs;
    return Math.max(0, this.#bucketFullAt - now - burst * everyMs);
  }

  /** One timer for the earliest delayed key. */
  #arm(): void {
    const at = this.#delayed.nextAt;
    if (at === undefined || (this.#timer && this.#timer.at <= at)) return;
    this.#timer?.handle[Symbol.dispose]();
    const waitMs = Math.min(Math.max(0, at - this.#clock.now()), 2 ** 31 - 1);
    this.#timer = { at, handle: this.#clock.after(waitMs, () => this.#wake()) };
  }

  #wake(): void {
    this.#timer = undefined;
    const now = this.#clock.now();
    for (let key = this.#delayed.pop(now); key !== undefined; key = this.#delayed.pop(now)) this.add(key);
    this.#arm();
  }
}
