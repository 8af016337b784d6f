/** Who waits for which container's end. */
export class Exits {
  readonly #waiting = new Map<string, Set<() => void>>();

  on(id: string, callback: () => void): Disposable {
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(callback));
    return {
      [Symbol.dispose]: () => {
        waiting.delete(callback);
        if (waiting.size === 0 && this.#waiting.get(id) === waiting) this.#waiting.delete(id);
      },
    };
  }

  tell(id: string): void {
    for (const callback of this.#waiting.get(id) ?? []) callback();
  }
}
