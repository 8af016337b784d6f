/** Informers that are filled by hand instead of by a watch. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { CachedResource } from "#pkg/client/cached-resource.ts";
import type { InformerSet, ResourceClient } from "#pkg/client/types.ts";
import { FakeClock } from "#test/support/fake-clock.ts";

type Resources = typeof resources;
type ObjectOf<R> = R extends ResourceRef<infer T> ? T : never;

/** Put and remove objects as a watch would. */
export function cached<K extends keyof Resources, T extends KubeObject & ObjectOf<Resources[K]>>(
  plural: K,
  objects: readonly T[] = [],
): CachedResource<T> {
  const client = { ref: resources[plural] } as unknown as ResourceClient<T>;
  const cache = new CachedResource<T>({ client, selection: {}, clock: new FakeClock(), log: createLogger("test") });
  cache.replace(objects, "1");
  return cache;
}

/** Of those caches and no others. */
export function cachedSet(...caches: readonly { readonly ref: { readonly plural: string } }[]): InformerSet {
  return {
    informer: (ref) => {
      const found = caches.find((cache) => cache.ref.plural === ref.plural);
      if (!found) throw new Error(`the test has no ${ref.plural}`);
      return found as never;
    },
    start: () => undefined,
    synced: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
