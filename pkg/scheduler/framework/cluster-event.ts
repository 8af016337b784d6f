/** Changes in the cluster that may make a waiting pod schedulable. */
import type { Node, Pod } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import type { StorageEvent } from "./storage-event.ts";

export type ClusterEvent =
  | { readonly kind: "nodeAdded"; readonly node: Readonly<Node> }
  | { readonly kind: "nodeUpdated"; readonly node: Readonly<Node>; readonly changed: ReadonlySet<NodeAspect> }
  /** A pod with a node came, so affinity to it may now hold. */
  | { readonly kind: "podAssigned"; readonly pod: Readonly<Pod> }
  /** A pod with a node is gone, or finished: what it took is free. */
  | { readonly kind: "podGone"; readonly pod: Readonly<Pod> }
  /** A placed pod's labels or requests changed. */
  | { readonly kind: "podUpdated"; readonly pod: Readonly<Pod>; readonly old: Readonly<Pod> }
  /** The waiting pod itself changed (gates removed, tolerations added). */
  | { readonly kind: "selfUpdated" }
  /** A claim to devices came (`old` is undefined) or changed. */
  | {
      readonly kind: "resourceClaimChanged";
      readonly claim: Readonly<ResourceClaim>;
      readonly old: Readonly<ResourceClaim> | undefined;
    }
  /** A class of devices, or what a driver publishes, came or changed. */
  | { readonly kind: "deviceClassChanged" | "resourceSliceChanged" }
  /** A claim, a volume or what describes them changed. */
  | StorageEvent;

export type NodeAspect = "allocatable" | "labels" | "taints" | "conditions" | "unschedulable" | "images";

/** Which aspects of a node differ; empty when the change cannot matter (heartbeats). */
export function changedAspects(old: Readonly<Node>, next: Readonly<Node>): ReadonlySet<NodeAspect> {
  const changed = new Set<NodeAspect>();
  const differ = (a: unknown, b: unknown) => a !== b && JSON.stringify(a) !== JSON.stringify(b);
  if (differ(old.status?.allocatable, next.status?.allocatable)) changed.add("allocatable");
  if (differ(old.metadata.labels, next.metadata.labels)) changed.add("labels");
  if (differ(old.spec.taints, next.spec.taints)) changed.add("taints");
  if ((old.spec.unschedulable ?? false) !== (next.spec.unschedulable ?? false)) changed.add("unschedulable");
  if (differ(old.status?.images, next.status?.images)) changed.add("images");
  const states = (node: Readonly<Node>) => node.status?.conditions?.map((c) => [c.type, c.status]);
  if (differ(states(old), states(next))) changed.add("conditions");
  return changed;
}
