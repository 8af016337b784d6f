/**
 * Hands out values that must be unique in the cluster. What is taken is known from the Services themselves, followed
 * from storage, and from what was handed out and not yet seen there; nothing else is stored, so nothing can drift.
 */
import type { Allocator } from "#pkg/registry/strategy.ts";

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
  /** Value → how many hold it: a Service may show a value before its allocation is committed. */
  readonly #taken = new Set<string>();

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async allocate(wanted?: string): Promise<string> {
    const pool = this.#pool;
    if (wanted !== undefined && wanted !== "") {
      if (!pool.contains(wanted)) throw new Error(pool.texts.outside(wanted));
      if (this.#taken.has(wanted)) throw new Error(pool.texts.taken);
      this.#taken.add(wanted);
      return wanted;
    }
    for (let attempt = 0; attempt < randomAttemptsMax; attempt++) {
      const value = pool.random();
      if (this.#take(value)) return value;
    }
    for (const value of pool.all()) if (this.#take(value)) return value;
    throw new Error(pool.texts.full);
  }

  async release(value: string): Promise<void> {
    this.#taken.delete(value);
  }

  contains(value: string): boolean {
    return this.#pool.contains(value);
  }

  /** What a stored Service holds. */
  hold(value: string): void {
    this.#taken.add(value);
  }

  #take(value: string): boolean {
    if (this.#taken.has(value)) return false;
    this.#taken.add(value);
    return true;
  }
}
