/** Which pods have nobody to look after them. Pure but for `missedSince`, which it keeps up to date. */
import type { Pod } from "#api/types/core/v1";
import { isTerminal } from "../framework/pods.ts";

export interface PodGcFacts {
  readonly hasNode: (name: string) => boolean;
  readonly missedSince: Map<string, number>;
  readonly now: number;
  /** Ended pods beyond this many go, the oldest first; 0: none. */
  readonly threshold: number;
}

export interface Doomed {
  readonly pod: Readonly<Pod>;
  readonly orphaned: boolean;
}

/** A node has to be missing this long. */
const quarantineMs = 40_000;

export function doomedPods(
  pods: readonly Readonly<Pod>[],
  { hasNode, missedSince, now, threshold }: PodGcFacts,
): Doomed[] {
  const named = new Set(pods.flatMap(({ spec }) => (spec.nodeName ? [spec.nodeName] : [])));
  for (const name of missedSince.keys()) if (!named.has(name) || hasNode(name)) missedSince.delete(name);
  for (const name of named) if (!hasNode(name) && !missedSince.has(name)) missedSince.set(name, now);
  const isOrphan = ({ spec }: Readonly<Pod>) => {
    const since = spec.nodeName ? missedSince.get(spec.nodeName) : undefined;
    return since !== undefined && now - since >= quarantineMs;
  };
  const orphans = pods.filter(isOrphan);
  const unscheduledGoing = pods.filter(({ metadata, spec }) => !spec.nodeName && metadata.deletionTimestamp);
  const ended = pods.filter((pod) => isTerminal(pod) && !isOrphan(pod)).sort((a, b) => ageOf(a) - ageOf(b));
  const surplus = threshold > 0 ? ended.slice(0, Math.max(0, ended.length - threshold)) : [];
  return [
    ...orphans.map((pod) => ({ pod, orphaned: true })),
    ...[...unscheduledGoing, ...surplus].map((pod) => ({ pod, orphaned: false })),
  ];
}

const ageOf = ({ metadata }: Readonly<Pod>): number => Date.parse(metadata.creationTimestamp ?? "") || 0;
