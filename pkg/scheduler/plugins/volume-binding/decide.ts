/** Whether a pod can have its volumes on one node, and which ones. Decides only; nothing is taken. */
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import type { SelectableNode } from "#pkg/apimachinery/placement/node-selector.ts";
import { selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { isReachable, type SuitableVolumes } from "#pkg/apimachinery/volumes/matching.ts";
import type { Storage } from "../../volumes/storage.ts";
import type { PodVolumes } from "./claims.ts";
import { provisioningOn } from "./provisioning.ts";

type Claim = Readonly<PersistentVolumeClaim>;
type Volume = Readonly<PersistentVolume>;

export interface Binding {
  readonly claim: Claim;
  readonly volume: Volume;
}

export interface Decision {
  /** Why not; empty when the node will do. */
  readonly reasons: readonly string[];
  readonly bindings: readonly Binding[];
  /** Claims that need a volume made for this node. */
  readonly provisions: readonly Claim[];
}

const nodeConflict = "node(s) didn't match PersistentVolume's node affinity";
const bindConflict = "node(s) didn't find available persistent volumes to bind";
const noSpace = "node(s) did not have enough free storage";
const noVolume = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)";

/** Throws when a class that claims name is gone. */
export function decide({ bound, delayed }: PodVolumes, node: SelectableNode, storage: Storage): Decision {
  const boundReasons = boundProblem(bound, node, storage);
  const atWork = delayed.filter(({ suitable }) => !suitable).map(({ claim }) => claim);
  if (atWork.some(({ metadata }) => metadata.annotations?.[selectedNode] !== node.name)) {
    return rejected(boundReasons, bindConflict);
  }
  const taken = new Set<Volume>();
  const bindings: Binding[] = [];
  const provisions: Claim[] = atWork;
  for (const { claim, suitable } of delayed) {
    if (!suitable) continue;
    const volume = pick(suitable, taken, node);
    if (volume) {
      taken.add(volume);
      bindings.push({ claim, volume });
    } else provisions.push(claim);
  }
  const outcome = provisioningOn(node, provisions, storage);
  if (outcome === "impossible") return rejected(boundReasons, bindConflict);
  if (outcome === "no space") return rejected(boundReasons, noSpace);
  return boundReasons.length > 0
    ? { reasons: boundReasons, bindings: [], provisions: [] }
    : { reasons: [], bindings, provisions };
}

/** In upstream's order: a missing volume is named last. */
const rejected = (boundReasons: readonly string[], reason: string): Decision => ({
  reasons: boundReasons[0] === noVolume ? [reason, noVolume] : [...boundReasons, reason],
  bindings: [],
  provisions: [],
});

function boundProblem(bound: readonly Claim[], node: SelectableNode, storage: Storage): readonly string[] {
  for (const { spec } of bound) {
    const volume = storage.volumes.get(spec?.volumeName ?? "");
    if (!volume) return [noVolume];
    if (!isReachable(volume, node)) return [nodeConflict];
  }
  return [];
}

/** A reserved volume is the claim's only one, even where the node cannot reach it. */
function pick({ reserved, free }: SuitableVolumes, taken: ReadonlySet<Volume>, node: SelectableNode) {
  const choice = reserved ? [reserved] : free;
  return choice.find((volume) => !taken.has(volume) && isReachable(volume, node));
}
