import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { regionLabel, zoneLabel } from "#pkg/apimachinery/placement/topology.ts";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { definePlugin, skipped } from "../../framework/plugin.ts";
import { ok, unresolvable, type Verdict } from "../../framework/verdict.ts";
import { claimNotFound } from "../../volumes/claim-problem.ts";
import { usesClaim } from "../../volumes/pod-uses-claim.ts";
import type { Storage } from "../../volumes/storage.ts";

/** A label that a volume asks of its node, and the values that will do. */
interface Place {
  readonly key: string;
  readonly values: ReadonlySet<string>;
}

/** The labels by which volumes say where they are; the newer name of an old one beside it. */
const placeLabels = new Map([
  ["failure-domain.beta.kubernetes.io/zone", zoneLabel],
  ["failure-domain.beta.kubernetes.io/region", regionLabel],
  [zoneLabel, zoneLabel],
  [regionLabel, regionLabel],
]);
/** Between the zones of a volume that is in several. */
const separator = "__";
const elsewhere = unresolvable("node(s) had no available volume zone");

/** Keeps pods to the zones and regions that their volumes are labelled with. */
export const volumeZone = (storage: Storage) =>
  definePlugin<readonly Place[]>({
    name: "VolumeZone",
    preFilter(pod) {
      if (pod.claims.length === 0) return skipped;
      const places: Place[] = [];
      for (const { key, name, ephemeral } of pod.claims) {
        if (ephemeral) continue;
        const claim = storage.claims.watched(key);
        if (!claim) return { verdict: unresolvable(claimNotFound(name)) };
        const { volumeName } = claim.spec ?? {};
        if (!volumeName) {
          const verdict = verdictOnUnbound(claim, storage);
          if (verdict.kind !== "ok") return { verdict };
          continue;
        }
        const volume = storage.volumes.watched(volumeName);
        if (!volume) return { verdict: unresolvable(`persistentvolume ${JSON.stringify(volumeName)} not found`) };
        places.push(...placesOf(volume));
      }
      return places.length === 0 ? skipped : { state: places };
    },
    filter: (_, { labels }, places) => (isThere(labels, places) ? ok : elsewhere),
    requeueOn: mayHelp,
  });

/** A claim that waits for its pod is of no place yet. */
function verdictOnUnbound(claim: Readonly<PersistentVolumeClaim>, { classes }: Storage): Verdict {
  const name = classOf(claim);
  if (name === "") return unresolvable("PersistentVolumeClaim had no pv name and storageClass name");
  const storageClass = classes.get(name);
  if (!storageClass) return unresolvable(`storageclass.storage.k8s.io ${JSON.stringify(name)} not found`);
  const { volumeBindingMode } = storageClass;
  if (!volumeBindingMode) return unresolvable(`VolumeBindingMode not set for StorageClass ${JSON.stringify(name)}`);
  return volumeBindingMode === "WaitForFirstConsumer" ? ok : unresolvable("PersistentVolume had no name");
}

/** A label with an empty zone in it says nothing. */
function placesOf({ metadata: { labels = {} } }: Readonly<PersistentVolume>): readonly Place[] {
  const places: Place[] = [];
  for (const key of placeLabels.keys()) {
    if (!Object.hasOwn(labels, key)) continue;
    const values = (labels[key] ?? "").split(separator).map((value) => value.trim());
    if (!values.includes("")) places.push({ key, values: new Set(values) });
  }
  return places;
}

/** A node without any such label is in a cluster of one zone. */
function isThere(labels: NodeInfo["labels"], places: readonly Place[]): boolean {
  if (![...placeLabels.keys()].some((key) => Object.hasOwn(labels, key))) return true;
  return places.every(({ key, values }) => {
    const at = Object.hasOwn(labels, key) ? key : (placeLabels.get(key) ?? key);
    return Object.hasOwn(labels, at) && values.has(labels[at] ?? "");
  });
}

function mayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.kind === "nodeAdded") return true;
  if (event.kind === "nodeUpdated") return event.changed.has("labels");
  if (event.kind !== "storage" || event.what === "deleted") return false;
  if (event.resource === "persistentvolumeclaims") return usesClaim(pod, event.object.metadata);
  if (event.resource === "storageclasses") {
    return event.what === "added" && event.object.volumeBindingMode === "WaitForFirstConsumer";
  }
  if (event.resource !== "persistentvolumes") return false;
  return !event.old || textOf(event.object) !== textOf(event.old);
}

const textOf = (volume: Readonly<PersistentVolume>): string =>
  JSON.stringify(placesOf(volume).map(({ key, values }) => [key, ...values]));
