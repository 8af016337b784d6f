import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin, skipped } from "../../framework/plugin.ts";
import { failed, ok, unresolvable } from "../../framework/verdict.ts";
import { claimProblem } from "../../volumes/claim-problem.ts";
import { type BinderParts, bindVolumes } from "./bind.ts";
import { type PodVolumes, volumesOf } from "./claims.ts";
import { decide } from "./decide.ts";
import { mayHelp } from "./requeue.ts";
import { type Reservation, releaseVolumes, reserveVolumes } from "./reservation.ts";

const unboundImmediate = unresolvable("pod has unbound immediate PersistentVolumeClaims");

/**
 * Keeps pods to nodes that reach their volumes, chooses volumes for claims that wait for a pod, and has volumes made for
 * the node where there are none. What it chose is written before the pod is bound.
 */
export function volumeBinding(parts: BinderParts) {
  const { storage, changes } = parts;
  /** Of pods between reserve and the end of their binding, by uid. */
  const reservations = new Map<string, Reservation>();
  /** Of the pod that was looked at last. Preemption asks for the same one again and again. */
  let latest: { readonly pod: PodInfo; readonly at: number; readonly volumes: PodVolumes } | undefined;

  return definePlugin<PodVolumes>({
    name: "VolumeBinding",
    preFilter(pod) {
      if (pod.claims.length === 0) return skipped;
      const problem = claimProblem(pod, storage);
      if (problem !== undefined) return { verdict: unresolvable(problem) };
      try {
        const volumes = volumesNow(pod);
        return volumes.immediate.length > 0 ? { verdict: unboundImmediate } : { state: volumes };
      } catch (error) {
        return { verdict: failed(error) };
      }
    },
    filter(_, node, volumes) {
      try {
        const { reasons } = decide(volumes, node, storage);
        return reasons.length > 0 ? unresolvable(...reasons) : ok;
      } catch (error) {
        return failed(error);
      }
    },
    reserve(pod, node) {
      if (pod.claims.length === 0) return ok;
      try {
        // Nothing has changed since the filters ran: the same is decided as then, for this node only.
        const decision = decide(volumesNow(pod), node, storage);
        if (decision.reasons.length > 0) return unresolvable(...decision.reasons);
        if (decision.bindings.length + decision.provisions.length === 0) return ok;
        latest = undefined;
        reservations.set(pod.uid, reserveVolumes(decision, node.name, storage));
        return ok;
      } catch (error) {
        return failed(error);
      }
    },
    unreserve: (pod) => release(pod),
    willPreBind: (pod) => reservations.has(pod.uid),
    async preBind(pod: PodInfo, node: NodeInfo, context) {
      const reservation = reservations.get(pod.uid);
      if (!reservation) return ok;
      try {
        await bindVolumes(reservation, { pod, node }, context, parts);
        release(pod);
        return ok;
      } catch (error) {
        return failed(error);
      }
    },
    requeueOn: mayHelp,
  });

  function volumesNow(pod: PodInfo): PodVolumes {
    if (latest?.pod !== pod || latest.at !== changes.count) {
      latest = { pod, at: changes.count, volumes: volumesOf(pod, storage) };
    }
    return latest.volumes;
  }

  function release({ uid }: PodInfo): void {
    const reservation = reservations.get(uid);
    if (!reservation) return;
    latest = undefined;
    reservations.delete(uid);
    releaseVolumes(reservation, storage);
  }
}
