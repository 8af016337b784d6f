/** Labels of nodes that are on their way out, and how clients are told. */
import type { NodeSelectorTerm } from "#api/types/core/v1";
import type { LabelSelector } from "#api/types/meta/v1";

const texts = new Map([
  ["beta.kubernetes.io/arch", 'deprecated since v1.14; use "kubernetes.io/arch" instead'],
  ["beta.kubernetes.io/os", 'deprecated since v1.14; use "kubernetes.io/os" instead'],
  ["failure-domain.beta.kubernetes.io/region", 'deprecated since v1.17; use "topology.kubernetes.io/region" instead'],
  ["failure-domain.beta.kubernetes.io/zone", 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead'],
  ["beta.kubernetes.io/instance-type", 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead'],
  ["app.kubernetes.io/created-by", "deprecated since v1.9"],
  ["scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"],
  ["node-role.kubernetes.io/master", 'use "node-role.kubernetes.io/control-plane" instead'],
]);

export const nodeLabelWarning = (key: string): string | undefined => texts.get(key);

export const nodeTermWarnings = (path: string, { matchExpressions }: NodeSelectorTerm): string[] =>
  expressionWarnings(`${path}.matchExpressions`, matchExpressions ?? []);

export function nodeSelectorWarnings(path: string, selector: LabelSelector | undefined): string[] {
  const labels = Object.keys(selector?.matchLabels ?? {}).sort();
  return [
    ...expressionWarnings(`${path}.matchExpressions`, selector?.matchExpressions ?? []),
    ...labels.flatMap((key) => (texts.has(key) ? [`${path}.matchLabels.${key}: ${texts.get(key)}`] : [])),
  ];
}

const expressionWarnings = (path: string, list: readonly { readonly key: string }[]): string[] =>
  list.flatMap(({ key }, at) => (texts.has(key) ? [`${path}[${at}].key: ${key} is ${texts.get(key)}`] : []));
