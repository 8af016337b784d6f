/** Writes a quota's usage if nobody has changed the quota since it was read. */
import { resources } from "#api/gen/resources.ts";
import type { ResourceQuota } from "#api/types/core/v1";
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { RevisionConflictError } from "#pkg/storage/types.ts";
import type { ResourceTable } from "../../resources/table.ts";

export type Swapped =
  | { readonly done: true }
  /** Somebody was faster: the quota as it is now, undefined when it is gone. */
  | { readonly done: false; readonly current: ResourceQuota | undefined };

export interface QuotaLedger {
  swap(old: ResourceQuota, next: ResourceQuota): Promise<Swapped>;
}

export function quotaLedger(table: ResourceTable): QuotaLedger {
  const { group, version, plural } = resources.resourcequotas;
  return {
    async swap(old, next) {
      const { store, keyOf } = table.ensure(group, version, plural);
      const { namespace = "", name = "", resourceVersion = "0" } = old.metadata;
      const { resourceVersion: _, ...metadata } = next.metadata;
      const key = keyOf(namespace, name);
      try {
        await store.update(key, encodeObject({ ...(next as KubeObject), metadata }), Number(resourceVersion));
        return { done: true };
      } catch (error) {
        if (!(error instanceof RevisionConflictError)) throw error;
        return { done: false, current: error.current?.object as ResourceQuota | undefined };
      }
    },
  };
}
