/** What controllers read from pods, and how they make them. Pure. */
import type { Pod, PodCondition, PodTemplateSpec } from "#api/types/core/v1";
import type { OwnerReference } from "#api/types/meta/v1";

export const isTerminal = ({ status }: Readonly<Pod>): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed";

/** Counts against the wanted number: not ended and not being deleted. */
export const isActive = (pod: Readonly<Pod>): boolean => !isTerminal(pod) && !pod.metadata.deletionTimestamp;

export function podCondition(pod: Readonly<Pod>, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export const isReady = (pod: Readonly<Pod>): boolean => podCondition(pod, "Ready")?.status === "True";

/** When the pod will have been ready for `minReadySeconds`, in ms since the epoch; undefined while it is not ready. */
export function availableAt(pod: Readonly<Pod>, minReadySeconds: number): number | undefined {
  const ready = podCondition(pod, "Ready");
  if (ready?.status !== "True") return undefined;
  if (minReadySeconds === 0) return 0;
  return ready.lastTransitionTime ? Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 : undefined;
}

export function isAvailable(pod: Readonly<Pod>, minReadySeconds: number, now: number): boolean {
  const at = availableAt(pod, minReadySeconds);
  return at !== undefined && at <= now;
}

/** How long until the next of the ready pods becomes available; undefined when there is none to wait for. */
export function nextAvailabilityMs(
  pods: Iterable<Readonly<Pod>>,
  minReadySeconds: number,
  now: number,
): number | undefined {
  let least: number | undefined;
  for (const pod of pods) {
    const at = availableAt(pod, minReadySeconds);
    if (at !== undefined && at > now && (least === undefined || at < least)) least = at;
  }
  return least === undefined ? undefined : least - now;
}

/** A new pod from a template. */
export function podFromTemplate(
  template: Readonly<PodTemplateSpec> | undefined,
  of: { namespace: string; generateName?: string; name?: string; owner: OwnerReference },
): Pod {
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  return {
    metadata: {
      ...(of.name === undefined ? { generateName: of.generateName ?? "" } : { name: of.name }),
      namespace: of.namespace,
      ...(labels ? { labels: { ...labels } } : {}),
      ...(annotations ? { annotations: { ...annotations } } : {}),
      ...(finalizers ? { finalizers: [...finalizers] } : {}),
      ownerReferences: [of.owner],
    },
    spec: { containers: [], ...structuredClone(template?.spec) },
  };
}

const deletionCostKey = "controller.kubernetes.io/pod-deletion-cost";

function deletionCost({ metadata }: Readonly<Pod>): number {
  const text = metadata.annotations?.[deletionCostKey];
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : 0;
}

const phaseRank: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };
const restarts = ({ status }: Readonly<Pod>): number =>
  (status?.containerStatuses ?? []).reduce((most, { restartCount = 0 }) => Math.max(most, restartCount), 0);
const readySince = (pod: Readonly<Pod>): number =>
  Date.parse(podCondition(pod, "Ready")?.lastTransitionTime ?? pod.metadata.creationTimestamp ?? "") || 0;

export interface RemovalRank {
  readonly pod: Readonly<Pod>;
  /** Pods of the same owner and its siblings on the same node: more of them go first. */
  readonly neighbours: number;
}

/** Upstream buckets ages by powers of two of the seconds, so that near ages do not decide. */
const ageBucket = (since: number, now: number): number =>
  since === 0 ? 0 : Math.floor(Math.log2(Math.max(1, (now - since) / 1000)));

/** Compares for removal: the one that comes first costs users least. */
export function compareForRemoval(a: RemovalRank, b: RemovalRank, now: number): number {
  const order: ((r: RemovalRank) => number)[] = [
    ({ pod }) => (pod.spec.nodeName ? 1 : 0),
    ({ pod }) => phaseRank[pod.status?.phase ?? "Pending"] ?? 0,
    ({ pod }) => (isReady(pod) ? 1 : 0),
    ({ pod }) => deletionCost(pod),
    ({ neighbours }) => -neighbours,
    ({ pod }) => (isReady(pod) ? ageBucket(readySince(pod), now) : 0),
    ({ pod }) => -restarts(pod),
    ({ pod }) => ageBucket(Date.parse(pod.metadata.creationTimestamp ?? "") || 0, now),
  ];
  for (const rank of order) {
    const difference = rank(a) - rank(b);
    if (difference !== 0) return difference;
  }
  return (a.pod.metadata.uid ?? "") < (b.pod.metadata.uid ?? "") ? -1 : 1;
}
