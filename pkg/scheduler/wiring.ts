/** From the watch to the cache and the queue: what each change of a pod or node means for scheduling. */

import { resources } from "#api/gen/resources.ts";
import type { Namespace, Node, Pod } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Informer, InformerSet } from "#pkg/client/types.ts";
import type { ClusterCache } from "./cache/cluster-cache.ts";
import { podInfoOf } from "./cache/pod-info.ts";
import { changedAspects } from "./framework/cluster-event.ts";
import type { Nominations } from "./nominations.ts";
import type { SchedulingQueue } from "./queue/scheduling-queue.ts";

export interface WiringOptions {
  readonly informers: InformerSet;
  readonly cache: ClusterCache;
  readonly queue: SchedulingQueue;
  readonly nominations: Nominations;
  /** Names of the profiles that are ours to schedule. */
  readonly schedulerNames: ReadonlySet<string>;
}

const isFinished = (pod: Readonly<Pod>) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

/** Returns the pod informer, which also answers for the latest state of a pod. */
export function wire(options: WiringOptions): Informer<Pod> {
  const { informers, cache } = options;
  const pods = informers.informer(resources.pods);
  pods.addHandler({
    added: (pod) => onPod(pod, undefined, options),
    updated: (pod, old) => onPod(pod, old, options),
    deleted: (pod) => onPodGone(pod, options),
  });
  informers.informer(resources.nodes).addHandler({
    added: (node) => onNodeAdded(node, options),
    updated: (node, old) => onNodeUpdated(node, old, options),
    deleted: (node) => cache.removeNode(node.metadata.name!),
  });
  const setNamespace = (namespace: Readonly<Namespace>) =>
    cache.setNamespace(namespace.metadata.name!, namespace.metadata.labels ?? {});
  informers.informer(resources.namespaces).addHandler({
    added: setNamespace,
    updated: setNamespace,
    deleted: (namespace) => cache.removeNamespace(namespace.metadata.name!),
  });
  wireDevices(options);
  return pods;
}

/** Whoever keeps claims in a form of its own has asked for its informer before: it hears of a change first. */
function wireDevices({ informers, queue }: WiringOptions): void {
  informers.informer(resources.resourceclaims).addHandler({
    added: (claim) => queue.onEvent({ kind: "resourceClaimChanged", claim, old: undefined }),
    updated: (claim, old) => queue.onEvent({ kind: "resourceClaimChanged", claim, old }),
  });
  const onClass = () => queue.onEvent({ kind: "deviceClassChanged" });
  informers.informer(resources.deviceclasses).addHandler({ added: onClass, updated: onClass });
  const onSlice = () => queue.onEvent({ kind: "resourceSliceChanged" });
  informers.informer(resources.resourceslices).addHandler({ added: onSlice, updated: onSlice });
}

function onNodeAdded(node: Readonly<Node>, { cache, queue }: WiringOptions): void {
  cache.setNode(node);
  queue.onEvent({ kind: "nodeAdded", node });
}

function onNodeUpdated(node: Readonly<Node>, old: Readonly<Node>, { cache, queue }: WiringOptions): void {
  const changed = changedAspects(old, node);
  if (changed.size === 0) return;
  cache.setNode(node);
  queue.onEvent({ kind: "nodeUpdated", node, changed });
}

function onPod(pod: Readonly<Pod>, old: Readonly<Pod> | undefined, options: WiringOptions): void {
  const { cache, queue, nominations, schedulerNames } = options;
  const key = keyOf(pod);
  if (old && old.metadata.uid !== pod.metadata.uid) onPodGone(old, options);
  if (isFinished(pod)) return onPodGone(pod, options);
  if (pod.spec.nodeName) return onPlacedPod(pod, old, options);
  if (!schedulerNames.has(pod.spec.schedulerName ?? "default-scheduler")) return;
  if (pod.metadata.deletionTimestamp) {
    queue.remove(key);
    nominations.remove(key);
    return;
  }
  // Our own assumption stands until the watch shows the binding or its failure has been handled.
  if (cache.isAssumed(key)) return;
  const info = podInfoOf(pod);
  const nominated = pod.status?.nominatedNodeName;
  if (nominated) nominations.set(info, nominated);
  else if (old?.status?.nominatedNodeName) nominations.remove(key);
  if (!old) queue.add(info);
  else
    queue.update(info, old.metadata.uid !== pod.metadata.uid || mattersToScheduling(pod, old) || gotClaims(pod, old));
}

function onPlacedPod(
  pod: Readonly<Pod>,
  old: Readonly<Pod> | undefined,
  { cache, queue, nominations }: WiringOptions,
): void {
  const key = keyOf(pod);
  const first = !old?.spec.nodeName || !cache.isPlaced(key) || cache.isAssumed(key);
  if (!first && old && !mattersToScheduling(pod, old) && !resized(pod, old)) return;
  cache.setPod(pod);
  if (first) {
    queue.remove(key);
    nominations.remove(key);
    queue.onEvent({ kind: "podAssigned", pod });
  } else if (old) queue.onEvent({ kind: "podUpdated", pod, old });
}

function onPodGone(pod: Readonly<Pod>, { cache, queue, nominations }: WiringOptions): void {
  const key = keyOf(pod);
  const wasPlaced = cache.isPlaced(key);
  cache.removePod(key);
  queue.remove(key);
  nominations.remove(key);
  if (wasPlaced) queue.onEvent({ kind: "podGone", pod });
}

const differ = (a: unknown, b: unknown) => a !== b && JSON.stringify(a) !== JSON.stringify(b);

function mattersToScheduling(pod: Readonly<Pod>, old: Readonly<Pod>): boolean {
  return (
    differ(pod.spec, old.spec) ||
    differ(pod.metadata.labels, old.metadata.labels) ||
    (pod.metadata.deletionTimestamp !== undefined) !== (old.metadata.deletionTimestamp !== undefined)
  );
}

const gotClaims = (pod: Readonly<Pod>, old: Readonly<Pod>): boolean =>
  differ(pod.status?.resourceClaimStatuses, old.status?.resourceClaimStatuses);

const resized = (pod: Readonly<Pod>, old: Readonly<Pod>) =>
  differ(
    pod.status?.containerStatuses?.map((status) => status.allocatedResources),
    old.status?.containerStatuses?.map((status) => status.allocatedResources),
  );
