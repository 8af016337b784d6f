/** Typed reads of stored objects for the server's own parts: authenticators, authorizers, admission. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ReadAt, StoredObject } from "#pkg/storage/types.ts";
import type { ResourceTable } from "./table.ts";

export interface ObjectReader {
  /** From the cache, which may lag by milliseconds. */
  get<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Promise<T | undefined>;
  /** At least as new as anything committed before the call. */
  getLatest<T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string): Promise<T | undefined>;
  /** All in a namespace (empty: everywhere), from the cache; `fields` narrows by index. */
  list<T extends KubeObject>(
    ref: ResourceRef<T>,
    namespace: string,
    fields?: Readonly<Record<string, string>>,
  ): Promise<T[]>;
  /** All in a namespace, from the cache: each is parsed when it is looked at. */
  scan<T extends KubeObject>(ref: ResourceRef<T>, namespace: string): Promise<readonly { readonly object: T }[]>;
}

const any: ReadAt = { kind: "any" };
const latest: ReadAt = { kind: "latest" };

/** Objects returned are the cache's own: never change them. */
export function readerOf(table: ResourceTable): ObjectReader {
  const read = async (ref: ResourceRef<KubeObject>, namespace: string, name: string, at: ReadAt) => {
    const resource = table.ensure(ref.group, ref.version, ref.plural);
    return (await resource.store.get(resource.keyOf(namespace, name), at))?.object;
  };
  return {
    get: async <T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string) =>
      (await read(ref, namespace, name, any)) as T | undefined,
    getLatest: async <T extends KubeObject>(ref: ResourceRef<T>, namespace: string, name: string) =>
      (await read(ref, namespace, name, latest)) as T | undefined,
    list: async <T extends KubeObject>(
      ref: ResourceRef<T>,
      namespace: string,
      fields?: Readonly<Record<string, string>>,
    ) => {
      const resource = table.ensure(ref.group, ref.version, ref.plural);
      const exact = fields && Object.entries(fields);
      const page = await resource.store.list({
        prefix: resource.prefixOf(namespace),
        at: any,
        ...(fields ? { fields } : {}),
        ...(exact ? { match: (s: StoredObject) => exact.every(([k, v]) => s.fields[k] === v) } : {}),
      });
      return page.items.map((item) => item.object as T);
    },
    scan: async <T extends KubeObject>(ref: ResourceRef<T>, namespace: string) => {
      const { store, prefixOf } = table.ensure(ref.group, ref.version, ref.plural);
      const page = await store.list({ prefix: prefixOf(namespace), at: any });
      return page.items as readonly (StoredObject & { readonly object: T })[];
    },
  };
}
