/** Every resource the server serves now, by group, version and plural. Custom resources come and go. */
import { notFoundPath } from "../http/errors.ts";
import type { ServedResource } from "./served-resource.ts";

export class ResourceTable {
  readonly #byPath = new Map<string, ServedResource>();
  #generation = 0;

  /** Grows with every change: what is made from the table is made anew. */
  get generation(): number {
    return this.#generation;
  }

  add(resource: ServedResource): void {
    const { group, version, plural } = resource.def;
    this.#byPath.set(pathOf(group, version, plural), resource);
    this.#generation += 1;
  }

  remove(group: string, version: string, plural: string): void {
    this.#byPath.delete(pathOf(group, version, plural));
    this.#generation += 1;
  }

  lookup(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#byPath.get(pathOf(group, version, plural));
  }

  /** Throws 404 for a resource that nobody serves. */
  ensure(group: string, version: string, plural: string): ServedResource {
    const resource = this.lookup(group, version, plural);
    if (!resource) throw notFoundPath();
    return resource;
  }

  *[Symbol.iterator](): Iterator<ServedResource> {
    yield* this.#byPath.values();
  }
}

const pathOf = (group: string, version: string, plural: string): string => `${group}/${version}/${plural}`;
