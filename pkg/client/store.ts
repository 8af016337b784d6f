/** Objects by key, and by the values of indexes. An index costs one key in a set for each of its values. */
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";

export type ValuesOf<T> = (object: Readonly<T>) => readonly string[];

interface KeySets {
  readonly keys: Map<string, Set<string>>;
}

interface Index<T> extends KeySets {
  readonly valuesOf: ValuesOf<T>;
}

const namespaceIndex = "\u0000namespace";

export class Store<T extends KubeObject> {
  readonly #items = new Map<string, T>();
  readonly #indexes = new Map<string, Index<T>>();

  get size(): number {
    return this.#items.size;
  }

  get(key: string): T | undefined {
    return this.#items.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#items.keys();
  }

  list(namespace?: string): Iterable<T> {
    if (!namespace) return this.#items.values();
    if (!this.#indexes.has(namespaceIndex)) this.addIndex(namespaceIndex, (o) => [o.metadata.namespace ?? ""]);
    return this.byIndex(namespaceIndex, namespace);
  }

  *byIndex(name: string, value: string): Iterable<T> {
    const index = this.#indexes.get(name);
    if (!index) throw new Error(`no index ${name}`);
    for (const key of index.keys.get(value) ?? []) yield this.#items.get(key)!;
  }

  /** The same name twice is the same index: callers that share a store agree on names. */
  addIndex(name: string, valuesOf: ValuesOf<T>): void {
    if (this.#indexes.has(name)) return;
    const index: Index<T> = { valuesOf, keys: new Map() };
    this.#indexes.set(name, index);
    for (const [key, item] of this.#items) insert(index, key, valuesOf(item));
  }

  /** Returns what stood there before. */
  set(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#items.get(key);
    this.#items.set(key, object);
    for (const index of this.#indexes.values()) {
      const next = index.valuesOf(object);
      const previous = old ? index.valuesOf(old) : [];
      if (sameValues(previous, next)) continue;
      remove(index, key, previous);
      insert(index, key, next);
    }
    return old;
  }

  delete(key: string): T | undefined {
    const old = this.#items.get(key);
    if (!old) return undefined;
    this.#items.delete(key);
    for (const index of this.#indexes.values()) remove(index, key, index.valuesOf(old));
    return old;
  }
}

const sameValues = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

function insert(index: KeySets, key: string, values: readonly string[]): void {
  for (const value of values) {
    const keys = index.keys.get(value);
    if (keys) keys.add(key);
    else index.keys.set(value, new Set([key]));
  }
}

function remove(index: KeySets, key: string, values: readonly string[]): void {
  for (const value of values) {
    const keys = index.keys.get(value);
    if (!keys?.delete(key)) continue;
    if (keys.size === 0) index.keys.delete(value);
  }
}
