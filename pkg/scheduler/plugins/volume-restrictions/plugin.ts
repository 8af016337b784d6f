import type { Volume } from "#api/types/core/v1";
import type { ClusterView, PodInfo } from "../../cache/types.ts";
import { definePlugin, skipped } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { claimNotFound } from "../../volumes/claim-problem.ts";
import { usesClaim } from "../../volumes/pod-uses-claim.ts";
import type { Storage } from "../../volumes/storage.ts";
import { diskConflict, isExclusive } from "./disks.ts";

interface Restrictions {
  readonly disks: readonly Volume[];
  /** Claims for one pod only that another pod has, when the cycle began. */
  readonly claims: readonly string[];
  readonly cluster: ClusterView;
}

const diskTaken = unschedulable("node(s) had no available disk");
const claimTaken = unschedulable(
  "node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
);

/** Keeps pods off nodes where another pod holds their disk, and from claims for one pod only that another pod has. */
export const volumeRestrictions = ({ claims }: Pick<Storage, "claims">) =>
  definePlugin<Restrictions>({
    name: "VolumeRestrictions",
    preFilter(pod, cluster) {
      const { volumes = [] } = pod.pod.spec;
      if (pod.claims.length === 0 && !volumes.some(isExclusive)) return skipped;
      const disks = volumes.filter(isExclusive);
      const taken: string[] = [];
      for (const { key, name, ephemeral } of pod.claims) {
        if (ephemeral) continue;
        const claim = claims.watched(key);
        if (!claim) return { verdict: unresolvable(claimNotFound(name)) };
        const single = claim.spec?.accessModes?.includes("ReadWriteOncePod");
        if (single && cluster.claimUsers(key) > 0) taken.push(key);
      }
      if (disks.length + taken.length === 0) return skipped;
      return { state: { disks, claims: taken, cluster } };
    },
    filter(_, node, { disks, claims: taken, cluster }) {
      if (disks.length > 0) {
        for (const other of node.pods.values()) if (diskConflict(disks, other.pod)) return diskTaken;
      }
      return taken.some((key) => cluster.claimUsers(key) > 0) ? claimTaken : ok;
    },
    requeueOn(pod, event) {
      if (event.kind === "nodeAdded") return true;
      if (event.kind === "podGone") return freesSomething(pod, event.pod);
      if (event.kind !== "storage" || event.resource !== "persistentvolumeclaims") return false;
      return event.what === "added" && usesClaim(pod, event.object.metadata);
    },
  });

function freesSomething(pod: PodInfo, { metadata, spec }: PodInfo["pod"]): boolean {
  if (metadata.namespace !== pod.pod.metadata.namespace) return false;
  const freed = new Set(spec.volumes?.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName));
  if (pod.claims.some(({ name, ephemeral }) => !ephemeral && freed.has(name))) return true;
  return diskConflict(pod.pod.spec.volumes?.filter(isExclusive) ?? [], { metadata, spec });
}
