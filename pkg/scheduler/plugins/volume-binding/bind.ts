/** Writes a reservation and waits until the volume controller, or a provisioner, has done the rest. */
import type { PersistentVolumeClaim, Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import { selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { isFullyBound, isReachable } from "#pkg/apimachinery/volumes/matching.ts";
import type { Client } from "#pkg/client/types.ts";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import type { BindContext } from "../../framework/plugin.ts";
import type { Lister } from "../../volumes/assumptions.ts";
import type { Changes } from "../../volumes/changes.ts";
import type { Storage } from "../../volumes/storage.ts";
import type { Binding } from "./decide.ts";
import type { Reservation } from "./reservation.ts";

export interface BinderParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly storage: Storage;
  readonly changes: Changes;
  readonly pods: Lister<Pod>;
  readonly bindTimeoutMs: number;
}

/** The pod and its node, while its volumes are being bound. */
interface Placement {
  readonly pod: PodInfo;
  readonly node: NodeInfo;
}

/** Between two looks though nothing has told of a change. */
const lookEveryMs = 1000;
const quoted = (text: string | undefined): string => JSON.stringify(text ?? "");

/**
 * Rejects when a write is refused, when the volumes are not bound in time, or when it shows that they never will be. What
 * has been written by then stays: there is no way back that would not race with the controller.
 */
export async function bindVolumes(
  reservation: Reservation,
  placement: Placement,
  { signal, aside }: BindContext,
  parts: BinderParts,
): Promise<void> {
  const written = await write(reservation, parts, signal);
  await aside(() => untilBound(written, placement, parts, signal));
}

async function write(reservation: Reservation, { client }: BinderParts, signal: AbortSignal): Promise<Written> {
  const bindings: Binding[] = [];
  for (const { claim, volume, changed } of reservation.bindings) {
    bindings.push({ claim, volume: changed ? await client.persistentvolumes.update(volume, { signal }) : volume });
  }
  const provisions: PersistentVolumeClaim[] = [];
  for (const claim of reservation.provisions) {
    provisions.push(await client.persistentvolumeclaims.update(claim, { signal }));
  }
  return { bindings, provisions };
}

/** The objects as the server answered. */
interface Written {
  readonly bindings: readonly Binding[];
  readonly provisions: readonly Readonly<PersistentVolumeClaim>[];
}

async function untilBound(written: Written, placement: Placement, parts: BinderParts, signal: AbortSignal) {
  const { clock, changes, bindTimeoutMs } = parts;
  const deadline = clock.now() + bindTimeoutMs;
  try {
    while (!areBound(written, placement, parts)) {
      const leftMs = deadline - clock.now();
      if (leftMs <= 0) throw new Error("context deadline exceeded");
      await changes.next({ clock, withinMs: Math.min(lookEveryMs, leftMs), signal });
      signal.throwIfAborted();
    }
  } catch (error) {
    throw new Error(`binding volumes: ${(error as Error).message}`, { cause: error });
  }
}

/** Looks at what the watch shows, not at assumptions: those may be of another pod by now. Throws when it cannot come true. */
function areBound({ bindings, provisions }: Written, placement: Placement, { storage, pods }: BinderParts): boolean {
  const { pod, node } = placement;
  if (!node.exists) throw new Error(`failed to get node ${quoted(node.name)}: node ${quoted(node.name)} not found`);
  if (pods.get(pod.key)?.metadata.uid !== pod.uid) {
    throw new Error(`pod does not exist any more: pod ${quoted(pod.pod.metadata.name)} not found`);
  }
  return (
    bindings.every((binding) => isBindingDone(binding, node, storage)) &&
    provisions.every((claim) => isProvisioned(claim, node, storage))
  );
}

function isBindingDone(binding: Binding, node: NodeInfo, { claims, volumes }: Storage): boolean {
  const name = keyOf(binding.volume);
  const volume = volumes.watched(name);
  if (!volume) throw new Error(`failed to check binding: persistentvolumes ${quoted(name)} not found`);
  const claim = claims.watched(keyOf(binding.claim));
  if (!claim)
    throw new Error(`failed to check binding: persistentvolumeclaims ${quoted(keyOf(binding.claim))} not found`);
  if (isOlder(volume, binding.volume)) return false;
  requireReachable(volume, node);
  if (!volume.spec?.claimRef?.uid) throw new Error(`ClaimRef got reset for pv ${quoted(name)}`);
  return isFullyBound(claim);
}

function isProvisioned(wanted: Readonly<PersistentVolumeClaim>, node: NodeInfo, { claims, volumes }: Storage): boolean {
  const key = keyOf(wanted);
  const claim = claims.watched(key);
  if (!claim) throw new Error(`failed to check provisioning pvc: persistentvolumeclaims ${quoted(key)} not found`);
  if (isOlder(claim, wanted)) return false;
  const { name, annotations } = claim.metadata;
  if (!annotations) throw new Error(`selectedNode annotation reset for PVC ${quoted(name)}`);
  // A provisioner that cannot make the volume takes the annotation away, so that another node is tried.
  if (annotations[selectedNode] !== node.name) throw new Error(`provisioning failed for PVC ${quoted(name)}`);
  if (claim.spec?.volumeName) {
    const volume = volumes.watched(claim.spec.volumeName);
    if (!volume) return false;
    requireReachable(volume, node);
  }
  return isFullyBound(claim);
}

function requireReachable(volume: Parameters<typeof isReachable>[0], node: NodeInfo): void {
  if (isReachable(volume, node)) return;
  const which = `pv ${quoted(volume.metadata.name)} node affinity doesn't match node ${quoted(node.name)}`;
  throw new Error(`${which}: no matching NodeSelectorTerms`);
}

/** Whether the watch has not come to our write yet. */
const isOlder = (watched: Readonly<KubeObject>, written: Readonly<KubeObject>): boolean =>
  BigInt(watched.metadata.resourceVersion ?? 0) < BigInt(written.metadata.resourceVersion ?? 0);
