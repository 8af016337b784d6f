/** Revisions of a Deployment: which ReplicaSet is the new one, and the annotations that `kubectl rollout` reads. Pure. */
import type { Deployment, ReplicaSet } from "#api/types/apps/v1";
import type { PodTemplateSpec } from "#api/types/core/v1";
import { sameJson } from "../framework/equal.ts";
import { hashOf } from "../framework/hash.ts";

export const hashLabel = "pod-template-hash";
export const revisionKey = "deployment.kubernetes.io/revision";
const historyKey = "deployment.kubernetes.io/revision-history";
export const desiredKey = "deployment.kubernetes.io/desired-replicas";
export const maxKey = "deployment.kubernetes.io/max-replicas";
const historyCharsMax = 2000;

/** Annotations of a Deployment that its ReplicaSets do not get. */
const notCopied = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  revisionKey,
  historyKey,
  desiredKey,
  maxKey,
  "deprecated.deployment.rollback.to",
]);

const parseRevision = (text: string | undefined): bigint => (text && /^\d{1,19}$/.test(text) ? BigInt(text) : 0n);

/** An int64 that users may set. */
export const revisionOf = ({ metadata }: Readonly<ReplicaSet> | Readonly<Deployment>): bigint =>
  parseRevision(metadata.annotations?.[revisionKey]);

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);

const createdAt = ({ metadata }: Readonly<ReplicaSet>): number => Date.parse(metadata.creationTimestamp ?? "") || 0;
export const byAge = (a: Readonly<ReplicaSet>, b: Readonly<ReplicaSet>): number =>
  createdAt(a) - createdAt(b) || ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);

function withoutHash(template: Readonly<PodTemplateSpec> | undefined): unknown {
  const { [hashLabel]: _hash, ...labels } = template?.metadata?.labels ?? {};
  return { ...template, metadata: { ...template?.metadata, labels } };
}

/** The ReplicaSet with the Deployment's template; the oldest of several. */
export function findNew(
  d: Readonly<Deployment>,
  sets: readonly Readonly<ReplicaSet>[],
): Readonly<ReplicaSet> | undefined {
  const wanted = withoutHash(d.spec.template);
  return [...sets].sort(byAge).find((rs) => sameJson(withoutHash(rs.spec.template), wanted));
}

export const nextRevision = (old: readonly Readonly<ReplicaSet>[]): bigint =>
  (old.map(revisionOf).toSorted(compare).at(-1) ?? 0n) + 1n;

/** The annotations that the new ReplicaSet should have; the same object where nothing changes. */
export function newSetAnnotations(
  d: Readonly<Deployment>,
  existing: Readonly<Record<string, string>> | undefined,
  revision: bigint,
): Readonly<Record<string, string>> {
  const next: Record<string, string> = { ...existing };
  for (const [key, value] of Object.entries(d.metadata.annotations ?? {})) if (!notCopied.has(key)) next[key] = value;
  const old = parseRevision(existing?.[revisionKey]);
  if (old < revision) {
    next[revisionKey] = String(revision);
    if (old > 0n) next[historyKey] = trimmed([...(existing?.[historyKey]?.split(",") ?? []), String(old)]);
  }
  return existing && sameJson(existing, next) ? existing : next;
}

function trimmed(history: readonly string[]): string {
  let text = history.filter((entry) => entry !== "").join(",");
  while (text.length > historyCharsMax) text = text.slice(text.indexOf(",") + 1);
  return text;
}

/** The ReplicaSet of a new template, without owner and replicas. */
export function buildSet(d: Readonly<Deployment>): ReplicaSet {
  const { template, selector, minReadySeconds } = d.spec;
  const hash = hashOf(template, d.status?.collisionCount ?? 0);
  const { name = "", namespace = "" } = d.metadata;
  const labels = { ...template.metadata?.labels, [hashLabel]: hash };
  return {
    metadata: { name: `${name}-${hash}`, namespace, labels },
    spec: {
      ...(minReadySeconds ? { minReadySeconds } : {}),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [hashLabel]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/** Old ReplicaSets beyond the history limit that can go, oldest revision first. */
export function toForget(d: Readonly<Deployment>, old: readonly Readonly<ReplicaSet>[]): Readonly<ReplicaSet>[] {
  const alive = old.filter(({ metadata }) => !metadata.deletionTimestamp);
  const excess = alive.length - (d.spec.revisionHistoryLimit ?? 10);
  if (excess <= 0) return [];
  return alive
    .sort((a, b) => compare(revisionOf(a), revisionOf(b)) || byAge(a, b))
    .slice(0, excess)
    .filter(
      ({ spec, status, metadata }) =>
        spec.replicas === 0 &&
        (status?.replicas ?? 0) === 0 &&
        (metadata.generation ?? 0) <= (status?.observedGeneration ?? 0),
    );
}
