/** The objects of a resource that is read with every request, each in the form in which it is used. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceStore } from "#pkg/storage/types.ts";
import type { FollowOptions } from "./follow.ts";
import { followObjects } from "./follow-objects.ts";

/** Follows a resource in storage: what is committed is here a moment later. Sorted by name. */
export class Directory<T> {
  readonly #read: (object: Readonly<KubeObject>) => T;
  readonly #byName = new Map<string, T>();
  #sorted: readonly T[] | undefined = [];

  /** `read` is called once for each state of an object, and must not throw. */
  constructor(read: (object: Readonly<KubeObject>) => T) {
    this.#read = read;
  }

  /** Resolves when everything that exists is here. */
  follow(store: ResourceStore, options: FollowOptions): Promise<void> {
    const put = (object: Readonly<KubeObject>): void => {
      this.#byName.set(object.metadata.name ?? "", this.#read(object));
      this.#sorted = undefined;
    };
    const remove = ({ metadata }: Readonly<KubeObject>): void => {
      this.#byName.delete(metadata.name ?? "");
      this.#sorted = undefined;
    };
    return followObjects(store, { put, remove }, options);
  }

  get all(): readonly T[] {
    this.#sorted ??= [...this.#byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
    return this.#sorted;
  }

  /** What is made of all of them, made anew when any of them changed. */
  derive<R>(make: (all: readonly T[]) => R): () => R {
    let known: { readonly from: readonly T[]; readonly value: R } | undefined;
    return () => {
      const { all } = this;
      if (known?.from !== all) known = { from: all, value: make(all) };
      return known.value;
    };
  }

  get size(): number {
    return this.#byName.size;
  }
}
