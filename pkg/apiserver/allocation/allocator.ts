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

const randomAttemptsMax = 64;

export class PoolAllocator implements Allocator {
  readonly #pool: Pool;
  /** Value → the key of the object that is stored with it; none while that is being written. */
  readonly #taken = new Map<string, string | undefined>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async allocate(wanted?: string): Promise<string> {
    const pool = this.#pool;
    if (wanted !== undefined && wanted !== "") {
      if (!pool.contains(wanted)) throw new Error(pool.texts.outside(wanted));
      if (!this.#take(wanted)) throw new Error(pool.texts.taken);
      return wanted;
    }
    for (let attempt = 0; attempt < randomAttemptsMax; attempt++) {
      const value = pool.random();
      if (this.#take(value)) return value;
    }
    for (const value of pool.all()) if (this.#take(value)) return value;
    throw new RangeFullError(pool.texts.full);
  }

  async release(value: string): Promise<void> {
    this.#taken.delete(value);
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

  #take(value: string): boolean {
    if (this.#taken.has(value)) return false;
    this.#taken.set(value, undefined);
    return true;
  }
}
