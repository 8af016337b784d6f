/** Node selectors and affinity: the rules of core/v1 NodeSelector, used by affinity and topology spread alike. */
import type { NodeSelectorRequirement, NodeSelectorTerm, Pod } from "#api/types/core/v1";

type Labels = Readonly<Record<string, string>>;

/** What a selection looks at. */
export interface SelectableNode {
  readonly name: string;
  readonly labels: Labels;
}

function requirementHolds({ key, operator, values = [] }: NodeSelectorRequirement, labels: Labels): boolean {
  const present = Object.hasOwn(labels, key);
  const value = present ? labels[key]! : "";
  switch (operator) {
    case "In":
      return present && values.includes(value);
    case "NotIn":
      return !(present && values.includes(value));
    case "Exists":
      return present;
    case "DoesNotExist":
      return !present;
    case "Gt":
      return present && ordered(values[0], value);
    case "Lt":
      return present && ordered(value, values[0]);
    default:
      return false;
  }
}

/** Both are integers and the first is the smaller. */
function ordered(low: string | undefined, high: string | undefined): boolean {
  const integer = /^-?\d+$/;
  return (
    low !== undefined && high !== undefined && integer.test(low) && integer.test(high) && BigInt(low) < BigInt(high)
  );
}

/** An empty term matches nothing. */
export function termMatches(term: NodeSelectorTerm, node: SelectableNode): boolean {
  const { matchExpressions = [], matchFields = [] } = term;
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const fields = { "metadata.name": node.name };
  return (
    matchExpressions.every((requirement) => requirementHolds(requirement, node.labels)) &&
    matchFields.every((requirement) => requirementHolds(requirement, fields))
  );
}

/** Whether the pod's nodeSelector and required node affinity (any one term) allow the node. */
export function matchesNodeSelection(pod: Readonly<Pod>, node: SelectableNode): boolean {
  for (const [key, value] of Object.entries(pod.spec.nodeSelector ?? {})) {
    if (!Object.hasOwn(node.labels, key) || node.labels[key] !== value) return false;
  }
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some((term) => termMatches(term, node));
}

/** Names of the only nodes that required affinity can match, when every term says so by name (as DaemonSet pods do). */
export function nodesByName(pod: Readonly<Pod>): ReadonlySet<string> | undefined {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (!required) return undefined;
  const names = new Set<string>();
  for (const term of required.nodeSelectorTerms) {
    const byName = term.matchFields?.find((field) => field.key === "metadata.name" && field.operator === "In");
    if (!byName) return undefined;
    for (const name of byName.values ?? []) names.add(name);
  }
  return names;
}
