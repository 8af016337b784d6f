/** When a pod has to leave a node because of its NoExecute taints. Pure. */
import type { Pod, Taint } from "#api/types/core/v1";
import { tolerates } from "#pkg/apimachinery/placement/tolerations.ts";

/** Milliseconds since the epoch; undefined when the pod may stay for ever. */
export function evictionTime(pod: Readonly<Pod>, taints: readonly Taint[], now: number): number | undefined {
  const tolerations = pod.spec.tolerations ?? [];
  let at: number | undefined;
  for (const taint of taints) {
    if (taint.effect !== "NoExecute") continue;
    const tolerating = tolerations.filter((toleration) => tolerates(toleration, taint));
    if (tolerating.length === 0) return now;
    const seconds = tolerating.flatMap((t) =>
      t.tolerationSeconds === undefined ? [] : [Math.max(0, t.tolerationSeconds)],
    );
    if (seconds.length === 0) continue;
    const since = taint.timeAdded ? Date.parse(taint.timeAdded) : now;
    const due = since + Math.min(...seconds) * 1000;
    at = at === undefined ? due : Math.min(at, due);
  }
  return at;
}
