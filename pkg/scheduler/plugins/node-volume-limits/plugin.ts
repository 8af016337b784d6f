import type { CSINode } from "#api/types/storage.k8s.io/v1";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { definePlugin, skipped } from "../../framework/plugin.ts";
import { ok, unschedulable } from "../../framework/verdict.ts";
import { usesClaim } from "../../volumes/pod-uses-claim.ts";
import type { Storage } from "../../volumes/storage.ts";
import { addAttachments, addDisksOf, type Disks } from "./disks.ts";

const tooMany = unschedulable("node(s) exceed max volume count");

/** Keeps pods off nodes to which a driver cannot attach as many volumes more as the pod brings. */
export const nodeVolumeLimits = (storage: Storage) =>
  definePlugin<Disks>({
    name: "NodeVolumeLimits",
    preFilter(pod) {
      if (pod.claims.length === 0) return skipped;
      const disks: Disks = new Map();
      addDisksOf(pod, storage, disks);
      return disks.size === 0 ? skipped : { state: disks };
    },
    filter(_, node, disks) {
      const limits = limitsOf(storage.csiNodes.get(node.name));
      return limits.size === 0 || fits(disks, limits, node, storage) ? ok : tooMany;
    },
    requeueOn: mayHelp,
  });

/** By driver; one that is not in it has no limit. */
function limitsOf(csiNode: Readonly<CSINode> | undefined): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { name, allocatable } of csiNode?.spec.drivers ?? []) {
    if (allocatable?.count !== undefined) limits.set(name, allocatable.count);
  }
  return limits;
}

/** A disk counts once, however many pods of the node use it. */
function fits(wanted: Disks, limits: ReadonlyMap<string, number>, node: NodeInfo, storage: Storage): boolean {
  const there: Disks = new Map();
  for (const other of node.pods.values()) addDisksOf(other, storage, there);
  const more = new Map([...wanted].filter(([disk]) => !there.has(disk)));
  addAttachments(node.name, storage, there);
  const [present, added] = [countByDriver(there), countByDriver(more)];
  return [...added].every(([driver, count]) => {
    const limit = limits.get(driver);
    return limit === undefined || (present.get(driver) ?? 0) + count <= limit;
  });
}

function countByDriver(disks: Disks): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const driver of disks.values()) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}

function mayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.kind === "podGone") {
    return event.pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral) ?? false;
  }
  if (event.kind !== "storage") return false;
  switch (event.resource) {
    case "csinodes":
      return event.what === "added" || (event.what === "updated" && someRose(event.object, event.old));
    case "persistentvolumeclaims":
      return event.what === "added" && usesClaim(pod, event.object.metadata);
    case "volumeattachments":
      return event.what === "deleted" && pod.claims.some(({ ephemeral }) => !ephemeral);
    default:
      return false;
  }
}

function someRose(csiNode: Readonly<CSINode>, old: Readonly<CSINode> | undefined): boolean {
  const before = limitsOf(old);
  return [...limitsOf(csiNode)].some(([driver, limit]) => limit > (before.get(driver) ?? 0));
}
