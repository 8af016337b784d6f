/**
 * What `matchLabelKeys` stands for, written out when a pod is created: the scheduler then only reads the selector.
 */
import type { Pod, PodAffinityTerm } from "#api/types/core/v1";
import type { LabelSelector } from "#api/types/meta/v1";

type Labels = Readonly<Record<string, string>>;

export function writeOutLabelKeys({ metadata, spec }: Pod): void {
  const labels = metadata.labels ?? {};
  for (const affinity of [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity]) {
    for (const term of affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) writeOutTerm(term, labels);
    for (const { podAffinityTerm } of affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      writeOutTerm(podAffinityTerm, labels);
    }
  }
  for (const { labelSelector, matchLabelKeys } of spec.topologySpreadConstraints ?? []) {
    if (labelSelector) requireValues(labelSelector, matchLabelKeys, "In", labels);
  }
}

function writeOutTerm({ labelSelector, matchLabelKeys, mismatchLabelKeys }: PodAffinityTerm, labels: Labels): void {
  if (!labelSelector) return;
  requireValues(labelSelector, matchLabelKeys, "In", labels);
  requireValues(labelSelector, mismatchLabelKeys, "NotIn", labels);
}

/** A key that the pod does not have says nothing. */
function requireValues(
  selector: LabelSelector,
  keys: readonly string[] | undefined,
  operator: string,
  labels: Labels,
): void {
  for (const key of keys ?? []) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (value === undefined) continue;
    selector.matchExpressions = [...(selector.matchExpressions ?? []), { key, operator, values: [value] }];
  }
}
