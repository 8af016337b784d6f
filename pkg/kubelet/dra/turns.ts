/** Lets what concerns the same things happen one after the other, and everything else at once. */
export class Turns {
  /** By key: the end of the last that asked. */
  readonly #last = new Map<string, Promise<void>>();

  /** Begins when all that asked for any of the keys before have ended: asking for several cannot lock two out. */
  async run<T>(keys: readonly string[], act: () => Promise<T>): Promise<T> {
    const before = keys.map((key) => this.#last.get(key));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const key of keys) this.#last.set(key, promise);
    try {
      await Promise.all(before);
      return await act();
    } finally {
      for (const key of keys) if (this.#last.get(key) === promise) this.#last.delete(key);
      resolve();
    }
  }
}
