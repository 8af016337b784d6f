import type { TopologySpreadConstraint } from "#api/types/core/v1";
import { duplicate, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { matchLabelKeys } from "./affinity.ts";
import { aboveZero, each, type Findings, oneOf } from "./findings.ts";
import { labelSelector } from "./label-selector.ts";

const actions = ["DoNotSchedule", "ScheduleAnyway"];
const inclusions = ["Honor", "Ignore"];

export function* topologySpread(path: string, list: readonly TopologySpreadConstraint[] | undefined): Findings {
  yield* each(path, list, (here, one, at) => constraint(here, one, (list ?? []).slice(at + 1)));
}

function* constraint(path: string, one: TopologySpreadConstraint, rest: readonly TopologySpreadConstraint[]): Findings {
  const { maxSkew, topologyKey, whenUnsatisfiable, minDomains } = one;
  yield* aboveZero(`${path}.maxSkew`, maxSkew);
  if (!topologyKey) yield required(`${path}.topologyKey`, "can not be empty");
  yield* oneOf(`${path}.whenUnsatisfiable`, whenUnsatisfiable, actions);
  if (rest.some((other) => other.topologyKey === topologyKey && other.whenUnsatisfiable === whenUnsatisfiable)) {
    yield duplicate(`${path}.{topologyKey, whenUnsatisfiable}`, `{${topologyKey}, ${whenUnsatisfiable}}`);
  }
  if (minDomains !== undefined) {
    yield* aboveZero(`${path}.minDomains`, minDomains);
    if (whenUnsatisfiable !== "DoNotSchedule") {
      const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
      yield invalid(`${path}.minDomains`, minDomains, text);
    }
  }
  for (const field of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
    const policy: string | undefined = one[field];
    if (policy !== undefined && !inclusions.includes(policy))
      yield notSupported(`${path}.${field}`, policy, inclusions);
  }
  yield* matchLabelKeys(path, one);
  yield* labelSelector(`${path}.labelSelector`, one.labelSelector);
}
