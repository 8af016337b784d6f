/**
 * A map of what is under way: its entries come and go all the time and there are few at once. Such a `Map` takes a new table
 * every few dozen entries, and V8 has each table refer to the one that followed it. Once a table lives in the old generation,
 * all that follow and whatever was in them count as alive until the whole heap is looked through.
 */
export class TransientMap<K extends string | number, V extends object> {
  #entries = noEntries<K, V>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: K): V | undefined {
    return this.#entries[key];
  }

  set(key: K, value: V): void {
    if (this.#entries[key] === undefined) this.#size += 1;
    this.#entries[key] = value;
  }

  /** Whether there was such an entry. */
  delete(key: K): boolean {
    if (this.#entries[key] === undefined) return false;
    delete this.#entries[key];
    this.#size -= 1;
    return true;
  }

  clear(): void {
    this.#entries = noEntries();
    this.#size = 0;
  }

  /** All values at this moment; those of numbers in their order. */
  values(): V[] {
    return Object.values(this.#entries);
  }
}

/** Without a prototype it is a hash table from the start, and every name is an ordinary one. */
const noEntries = <K extends string | number, V>(): Partial<Record<K, V>> => Object.create(null);
