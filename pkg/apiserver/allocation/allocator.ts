/**
 * Hands out values that must be unique in the cluster. What is taken is known from the Services themselves, followed
 * from storage, and from what was handed out and not yet seen there; nothing else is stored, so nothing can drift.
 */
import { type Allocator, RangeFullError } from "#pkg/registry/strategy.ts";

export interface Pool {
  /** Whether a value belongs to the pool at all. */
  contains(value: string): boolean;
  /** Any value, by chance; called again when it is taken. */
  random(): string;
  /** All values, in order, for a pool that is nearly full. */
  all(): Iterable<string>;
  readonly texts: { readonly outside: (value: string) => string; readonly taken: string; readonly full: string };
}

/** Tells the servers of a cluster apart; see PortLocks. */
export interface ValueLocks {
  take(value: string): Promise<boolean>;
  release(value: string): Promise<void>;
}

const randomAttemptsMax = 64;

export class PoolAllocator implements Allocator {
  readonly #pool: Pool;
  /** Value → the key of the object that is stored with it; none while that is being written. */
  readonly #taken = new Map<string, string | undefined>();

  readonly #locks: ValueLocks | undefined;

  /** Without `locks` there is one server. */
  constructor(pool: Pool, locks?: ValueLocks) {
    this.#pool = pool;
    this.#locks = locks;
  }

  async allocate(wanted?: string): Promise<string> {
    const pool = this.#pool;
    if (wanted !== undefined && wanted !== "") {
      if (!pool.contains(wanted)) throw new Error(pool.texts.outside(wanted));
      if (!(await this.#take(wanted))) throw new Error(pool.texts.taken);
      return wanted;
    }
    for (let attempt = 0; attempt < randomAttemptsMax; attempt++) {
      const value = pool.random();
      if (await this.#take(value)) return value;
    }
    for (const value of pool.all()) if (await this.#take(value)) return value;
    throw new RangeFullError(pool.texts.full);
  }

  async release(value: string): Promise<void> {
    this.#taken.delete(value);
    // A lock that stays says nothing soon.
    await this.#locks?.release(value).catch(() => {});
  }

  isTaken(value: string): boolean {
    return this.#taken.has(value);
  }

  /** What a stored object holds. */
  hold(value: string, key: string): void {
    this.#taken.set(value, key);
  }

  /** What a stored object no longer holds; somebody else may have it by now. */
  drop(value: string, key: string): void {
    if (this.#taken.get(value) === key) this.#taken.delete(value);
  }

  async #take(value: string): Promise<boolean> {
    if (this.#taken.has(value)) return false;
    this.#taken.set(value, undefined);
    if (!this.#locks) return true;
    try {
      if (await this.#locks.take(value)) return true;
    } catch (error) {
      this.#forget(value);
      throw error;
    }
    this.#forget(value);
    return false;
  }

  /** Unless its Service was seen meanwhile. */
  #forget(value: string): void {
    if (this.#taken.get(value) === undefined) this.#taken.delete(value);
  }
}
