/** The other versions in which the objects of a resource are served: rules with matchPolicy Equivalent mean them too. */
import type { ServedResource } from "../../resources/served-resource.ts";
import type { ResourceTable } from "../../resources/table.ts";

export class Equivalents {
  readonly #table: ResourceTable;
  /** By the place in storage that versions share. */
  #byPrefix = new Map<string, ServedResource[]>();
  #generation = -1;

  constructor(table: ResourceTable) {
    this.#table = table;
  }

  /** Without the resource itself. */
  of(resource: ServedResource, subresource: string): readonly ServedResource[] {
    if (this.#generation !== this.#table.generation) this.#index();
    const all = this.#byPrefix.get(resource.prefixOf("")) ?? [];
    if (all.length < 2) return [];
    const has = ({ def }: ServedResource): boolean =>
      subresource === "" || def.subresources.some(({ name }) => name === subresource);
    return all.filter((other) => other !== resource && has(other));
  }

  #index(): void {
    this.#generation = this.#table.generation;
    this.#byPrefix = Map.groupBy([...this.#table], (resource) => resource.prefixOf(""));
  }
}
