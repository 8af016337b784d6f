/** A binary heap with removal by key; `before(a, b)` says that a leaves first. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #position = new Map<string, number>();
  readonly #keyOf: (item: T) => string;
  readonly #before: (a: T, b: T) => boolean;

  constructor(keyOf: (item: T) => string, before: (a: T, b: T) => boolean) {
    this.#keyOf = keyOf;
    this.#before = before;
  }

  get size(): number {
    return this.#items.length;
  }

  peek(): T | undefined {
    return this.#items[0];
  }

  get(key: string): T | undefined {
    const at = this.#position.get(key);
    return at === undefined ? undefined : this.#items[at];
  }

  /** Adds, or puts in the place of the item with the same key. */
  push(item: T): void {
    const at = this.#position.get(this.#keyOf(item)) ?? this.#items.length;
    this.#set(at, item);
    this.#settle(at);
  }

  pop(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.remove(this.#keyOf(first));
    return first;
  }

  remove(key: string): T | undefined {
    const at = this.#position.get(key);
    if (at === undefined) return undefined;
    const item = this.#items[at]!;
    this.#position.delete(key);
    const last = this.#items.pop()!;
    if (at < this.#items.length) {
      this.#set(at, last);
      this.#settle(at);
    }
    return item;
  }

  values(): Iterable<T> {
    return this.#items;
  }

  #set(at: number, item: T): void {
    this.#items[at] = item;
    this.#position.set(this.#keyOf(item), at);
  }

  #settle(start: number): void {
    this.#sink(this.#rise(start));
  }

  #rise(start: number): number {
    let at = start;
    const item = this.#items[at]!;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(item, this.#items[parent]!)) break;
      this.#set(at, this.#items[parent]!);
      at = parent;
    }
    this.#set(at, item);
    return at;
  }

  #sink(start: number): void {
    let at = start;
    const item = this.#items[at]!;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#items.length) break;
      if (child + 1 < this.#items.length && this.#before(this.#items[child + 1]!, this.#items[child]!)) child++;
      if (!this.#before(this.#items[child]!, item)) break;
      this.#set(at, this.#items[child]!);
      at = child;
    }
    this.#set(at, item);
  }
}
