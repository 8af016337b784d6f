/** How many watches a change is told to, as far as resource, namespace and name say. */
import type { RequestInfo, ResourceRequest } from "../http/request-info.ts";

/** Watches of pods on one node concern few changes, which they find by an index. */
const nodeSelector = /(^|,)spec\.nodeName==?[^,]+/;

const keyOf = ({ group, plural }: ResourceRequest, namespace: string, name: string): string =>
  `${group}/${plural}/${namespace}/${name}`;

export class WatchCounts {
  /** Bounded by the watches that are open. */
  readonly #counts = new Map<string, number>();

  /** Returns what to call when the watch is over. */
  add({ resource, query }: RequestInfo): (() => void) | undefined {
    if (!resource) return undefined;
    if (resource.plural === "pods" && nodeSelector.test(query.get("fieldSelector") ?? "")) return undefined;
    const key = keyOf(resource, resource.namespace, resource.name);
    this.#change(key, 1);
    return () => this.#change(key, -1);
  }

  /** Of those that may be told of what this request changes. */
  concernedBy(request: ResourceRequest): number {
    const { namespace, name } = request;
    let count = this.#counts.get(keyOf(request, "", "")) ?? 0;
    if (namespace !== "") count += this.#counts.get(keyOf(request, namespace, "")) ?? 0;
    if (name !== "") count += this.#counts.get(keyOf(request, namespace, name)) ?? 0;
    return count;
  }

  #change(key: string, by: number): void {
    const count = (this.#counts.get(key) ?? 0) + by;
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }
}
