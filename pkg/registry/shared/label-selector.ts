/** Rules on metav1.LabelSelector and on single label keys and values. */
import type { LabelSelector, LabelSelectorRequirement } from "#api/types/meta/v1";
import {
  labelKeyErrors,
  labelSelectorFrom,
  labelValueErrors,
  type LabelSelector as Matcher,
} from "#pkg/apimachinery/labels/index.ts";
import { forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, entriesOf, type Findings, say } from "./findings.ts";

export const labelKey = (path: string, key: string | undefined): Findings =>
  say(path, key ?? "", labelKeyErrors(key ?? ""));

export const labelValue = (path: string, value: string): Findings => say(path, value, labelValueErrors(value));

/** Keys and values of a map of labels; both are reported at the map. */
export function* labelMap(path: string, labels: Readonly<Record<string, string>> | undefined): Findings {
  for (const [key, value] of entriesOf(labels)) {
    yield* labelKey(path, key);
    yield* labelValue(path, value);
  }
}

export interface SelectorLeniency {
  /** Values that are no label values may stay in expressions: they were stored before this was a rule. */
  readonly anyValues?: boolean;
}

export function* labelSelector(
  path: string,
  selector: LabelSelector | undefined,
  leniency: SelectorLeniency = {},
): Findings {
  if (!selector) return;
  yield* labelMap(`${path}.matchLabels`, selector.matchLabels);
  yield* each(`${path}.matchExpressions`, selector.matchExpressions, (here, requirement) =>
    selectorRequirement(here, requirement, leniency),
  );
}

function* selectorRequirement(
  path: string,
  { key, operator, values }: LabelSelectorRequirement,
  { anyValues }: SelectorLeniency,
): Findings {
  const count = values?.length ?? 0;
  if (operator === "In" || operator === "NotIn") {
    if (count === 0) yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (count > 0)
      yield forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else yield invalid(`${path}.operator`, operator ?? "", "not a valid selector operator");
  yield* labelKey(`${path}.key`, key);
  if (!anyValues) yield* each(`${path}.values`, values, labelValue);
}

export const isEmptySelector = (selector: LabelSelector): boolean =>
  Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions?.length ?? 0) === 0;

/** What a selector matches; undefined where it cannot be understood. */
export function matcherOf(selector: LabelSelector | undefined): Matcher | undefined {
  try {
    return labelSelectorFrom(selector);
  } catch {
    return undefined;
  }
}
