/** The shape that every Kubernetes object shares, and the few things generic code reads from it. */
import type { ObjectMeta } from "#api/types/meta/v1";

export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** An object that came from a server or a cache: named, versioned, and never to be changed in place. */
export type Stored<T extends KubeObject = KubeObject> = Readonly<T>;

/** `namespace/name`, or `name` for a cluster-scoped object: the key of queues, caches and logs. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? "");
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { namespace: "", name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
