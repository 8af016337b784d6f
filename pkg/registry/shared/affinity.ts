/** Rules on where pods want to run: by labels of nodes, and near or far from other pods. */
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
} from "#api/types/core/v1";
import type { LabelSelector } from "#api/types/meta/v1";
import { forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, say } from "./findings.ts";
import { labelKey, labelSelector, labelValue } from "./label-selector.ts";
import { labelErrors, subdomainErrors } from "./names.ts";

const requiredField = "requiredDuringSchedulingIgnoredDuringExecution";
const preferredField = "preferredDuringSchedulingIgnoredDuringExecution";

export function* affinity(path: string, of: Affinity | undefined): Findings {
  const node = of?.nodeAffinity;
  if (node?.[requiredField]) {
    yield* nodeSelector(`${path}.nodeAffinity.${requiredField}`, node[requiredField]);
  }
  yield* each(
    `${path}.nodeAffinity.${preferredField}`,
    node?.[preferredField],
    function* (here, { weight, preference }) {
      yield* weightInRange(here, weight);
      // Values that are no label values only never match.
      yield* nodeSelectorTerm(`${here}.preference`, preference ?? {}, { values: false });
    },
  );
  yield* podAffinity(`${path}.podAffinity`, of?.podAffinity);
  yield* podAffinity(`${path}.podAntiAffinity`, of?.podAntiAffinity);
}

function* weightInRange(path: string, weight: number | undefined): Findings {
  const value = weight ?? 0;
  if (value <= 0 || value > 100) yield invalid(`${path}.weight`, value, "must be in the range 1-100");
}

interface NodeSelectorCheck {
  /** Whether values must be label values. */
  readonly values: boolean;
}

export function* nodeSelector(
  path: string,
  { nodeSelectorTerms }: NodeSelector,
  check: NodeSelectorCheck = { values: true },
): Findings {
  if (!nodeSelectorTerms?.length) {
    yield required(`${path}.nodeSelectorTerms`, "must have at least one node selector term");
    return;
  }
  yield* each(`${path}.nodeSelectorTerms`, nodeSelectorTerms, (here, term) => nodeSelectorTerm(here, term, check));
}

export function* nodeSelectorTerm(path: string, term: NodeSelectorTerm, check: NodeSelectorCheck): Findings {
  yield* each(`${path}.matchExpressions`, term?.matchExpressions, (here, one) => nodeRequirement(here, one, check));
  yield* each(`${path}.matchFields`, term?.matchFields, nodeFieldRequirement);
}

function* nodeRequirement(path: string, one: NodeSelectorRequirement, check: NodeSelectorCheck): Findings {
  const { key, operator, values } = one ?? {};
  const count = values?.length ?? 0;
  switch (operator as string) {
    case "In":
    case "NotIn":
      if (count === 0) yield required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
      break;
    case "Exists":
    case "DoesNotExist":
      if (count > 0)
        yield forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
      break;
    case "Gt":
    case "Lt":
      if (count !== 1)
        yield required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'");
      break;
    default:
      yield invalid(`${path}.operator`, operator ?? "", "not a valid selector operator");
  }
  yield* labelKey(`${path}.key`, key);
  if (check.values) yield* each(`${path}.values`, values, labelValue);
}

function* nodeFieldRequirement(path: string, { key, operator, values }: NodeSelectorRequirement): Findings {
  if (operator === "In" || operator === "NotIn") {
    if (values?.length !== 1) {
      yield required(
        `${path}.values`,
        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
      );
    }
  } else yield invalid(`${path}.operator`, operator ?? "", "not a valid selector operator");
  if (key !== "metadata.name") yield invalid(`${path}.key`, key ?? "", "not a valid field selector key");
  else yield* each(`${path}.values`, values, (here, value) => say(here, value, subdomainErrors(value)));
}

function* podAffinity(path: string, of: PodAffinity | undefined): Findings {
  yield* each(`${path}.${requiredField}`, of?.[requiredField], podAffinityTerm);
  yield* each(`${path}.${preferredField}`, of?.[preferredField], function* (here, { weight, podAffinityTerm: term }) {
    yield* weightInRange(here, weight);
    yield* podAffinityTerm(`${here}.podAffinityTerm`, term);
  });
}

function* podAffinityTerm(path: string, term: PodAffinityTerm | undefined): Findings {
  const { labelSelector: selector, namespaceSelector, namespaces, topologyKey } = term ?? {};
  yield* labelSelector(`${path}.labelSelector`, selector);
  yield* labelSelector(`${path}.namespaceSelector`, namespaceSelector);
  for (const name of namespaces ?? []) yield* say(`${path}.namespace`, name, labelErrors(name));
  yield* matchLabelKeys(path, term ?? {});
  if (!topologyKey) yield required(`${path}.topologyKey`, "can not be empty");
  yield* labelKey(`${path}.topologyKey`, topologyKey);
}

export interface LabelKeys {
  readonly labelSelector?: LabelSelector;
  readonly matchLabelKeys?: readonly string[];
  readonly mismatchLabelKeys?: readonly string[];
}

/** Keys whose values are taken from the new pod's own labels. */
export function* matchLabelKeys(path: string, of: LabelKeys): Findings {
  const { labelSelector: selector, matchLabelKeys: match = [], mismatchLabelKeys: mismatch = [] } = of;
  yield* keysWithSelector(`${path}.matchLabelKeys`, match, selector);
  yield* keysWithSelector(`${path}.mismatchLabelKeys`, mismatch, selector);
  // The requirement made from a key is in the selector already: only a second one conflicts.
  const seen = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const at = match.lastIndexOf(key);
    if (at >= 0 && seen.has(key))
      yield invalid(`${path}[${at}]`, key, "exists in both matchLabelKeys and labelSelector");
    seen.add(key);
  }
  for (const [at, key] of match.entries()) {
    if (mismatch.includes(key)) {
      yield invalid(`${path}.matchLabelKeys[${at}]`, key, "exists in both matchLabelKeys and mismatchLabelKeys");
    }
  }
}

function* keysWithSelector(path: string, keys: readonly string[], selector: LabelSelector | undefined): Findings {
  if (keys.length === 0) return;
  if (!selector) yield forbidden(path, "must not be specified when labelSelector is not set");
  else yield* each(path, keys, labelKey);
}
