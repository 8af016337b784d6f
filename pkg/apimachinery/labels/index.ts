/** Label selectors, from text (`a=b,c in (d)`) and from metav1.LabelSelector. */
import type { LabelSelector as LabelSelectorSpec } from "#api/types/meta/v1";
import { parseRequirements } from "./parse.ts";
import {
  type LabelOperator,
  type LabelRequirement,
  type Labels,
  printRequirement,
  requirement,
} from "./requirement.ts";

export type { LabelOperator, LabelRequirement, Labels } from "./requirement.ts";
export { labelKeyErrors, labelValueErrors } from "./validate.ts";

export interface LabelSelector {
  /** No requirements: matches everything. False for a selector that matches nothing. */
  readonly empty: boolean;
  /** Sorted by key. */
  readonly requirements: readonly LabelRequirement[];
  /** Whether all requirements hold; an object without labels has none of them. */
  matches(labels: Labels | undefined): boolean;
  /** The canonical text: keys and values sorted. */
  toString(): string;
}

const noLabels: Labels = Object.freeze({});

function selectorOf(requirements: readonly LabelRequirement[]): LabelSelector {
  const [first] = requirements;
  const matches =
    first === undefined
      ? () => true
      : requirements.length === 1
        ? (labels: Labels | undefined) => first.matches(labels ?? noLabels)
        : (labels: Labels | undefined) => requirements.every((r) => r.matches(labels ?? noLabels));
  return {
    empty: requirements.length === 0,
    requirements,
    matches,
    toString: () => requirements.map(printRequirement).join(","),
  };
}

export const everything: LabelSelector = selectorOf([]);

/** What an absent metav1.LabelSelector means. */
export const nothing: LabelSelector = { empty: false, requirements: [], matches: () => false, toString: () => "" };

/** Reads a selector's text. Throws an Error with upstream's words; servers answer BadRequest with them. */
export function parseLabelSelector(text: string): LabelSelector {
  return text === "" ? everything : selectorOf(parseRequirements(text));
}

const specOperators = new Map<string, LabelOperator>([
  ["In", "in"],
  ["NotIn", "notin"],
  ["Exists", "exists"],
  ["DoesNotExist", "!"],
]);

/**
 * The selector that an object carries: absent selects nothing, an empty one everything.
 * Throws an Error with upstream's text where the spec is not valid.
 */
export function labelSelectorFrom(spec: LabelSelectorSpec | undefined): LabelSelector {
  if (!spec) return nothing;
  const out: LabelRequirement[] = [];
  for (const [key, value] of Object.entries(spec.matchLabels ?? {})) out.push(requirement(key, "=", [value]));
  for (const expression of spec.matchExpressions ?? []) {
    const operator = specOperators.get(expression.operator);
    if (!operator) throw new Error(`${JSON.stringify(expression.operator)} is not a valid label selector operator`);
    out.push(requirement(expression.key, operator, expression.values ?? []));
  }
  if (out.length === 0) return everything;
  return selectorOf(out.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)));
}

/** A selector of exact values, as a ReplicationController or a Service has; an empty map selects everything. */
export function labelSelectorFromMap(labels: Labels | undefined): LabelSelector {
  return labelSelectorFrom({ matchLabels: { ...labels } });
}
