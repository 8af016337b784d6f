/** Below this an array is not worth copying. */
const reclaimedMin = 64;

/** First in, first out: both ends in constant time on average, and nothing that left is held. */
export class Queue<T> {
  #items: (T | undefined)[] = [];
  /** Where the oldest item is; the space before it is reclaimed when it is half of the array. */
  #start = 0;

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** The item that `index` others stand before. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#start + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#start];
    this.#items[this.#start] = undefined;
    this.#start += 1;
    if (this.#start > reclaimedMin && this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }

  /** Copies the items from `index` to the newest. */
  slice(index: number): T[] {
    return this.#items.slice(this.#start + index) as T[];
  }
}
