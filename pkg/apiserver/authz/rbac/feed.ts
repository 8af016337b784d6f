/** Keeps the policy current from the stores of roles and bindings. */
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { WatchItem } from "#pkg/storage/types.ts";
import { followStore } from "../../resources/follow.ts";
import type { ResourceTable } from "../../resources/table.ts";
import type { PolicyKind, RbacPolicy } from "./policy.ts";

const group = "rbac.authorization.k8s.io";
const kinds: readonly PolicyKind[] = ["roles", "rolebindings", "clusterroles", "clusterrolebindings"];

/** Resolves once the policy holds everything that exists; follows changes until the signal. */
export async function feedPolicy(
  policy: RbacPolicy,
  table: ResourceTable,
  { signal, log }: { signal: AbortSignal; log: Logger },
): Promise<void> {
  await Promise.all(
    kinds.map((kind) => {
      const { store } = table.ensure(group, "v1", kind);
      return followStore(store, (items) => applyItems(policy, kind, store.prefix, items), { signal, log });
    }),
  );
}

function applyItems(policy: RbacPolicy, kind: PolicyKind, prefix: string, items: readonly WatchItem[]): void {
  for (const item of items) {
    if (item.kind !== "event") continue;
    const { type, current } = item.event;
    const key = current.key.slice(prefix.length);
    if (type === "DELETED") policy.remove(kind, key);
    else policy.put(kind, key, current.object);
  }
}
