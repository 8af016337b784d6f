import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from "#api/types/policy/v1";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { conditions } from "../../shared/conditions.ts";
import { atLeastZero, type Findings, oneOf } from "../../shared/findings.ts";
import { intOrPercent, notOverHundredPercent } from "../../shared/int-or-percent.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelSelector, type SelectorLeniency } from "../../shared/label-selector.ts";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";

export const poddisruptionbudgets: Strategy<PodDisruptionBudget> = {
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  // Upstream asks nothing of these names but that they fit into a URL.
  validateName: pathSegmentErrors,
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validateCreate: ({ spec }) => [...budgetSpec("spec", spec ?? {})],
  validateUpdate: ({ spec }, old) => [
    ...budgetSpec("spec", spec ?? {}, { anyValues: [...labelSelector("", old.spec?.selector)].length > 0 }),
  ],
  subresources: { status: { validateUpdate: ({ status }) => [...budgetStatus("status", status)] } },
};

function* budgetSpec(path: string, spec: PodDisruptionBudgetSpec, leniency: SelectorLeniency = {}): Findings {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) yield twoBounds(path, spec);
  for (const field of ["minAvailable", "maxUnavailable"] as const) {
    if (spec[field] === undefined) continue;
    yield* intOrPercent(`${path}.${field}`, spec[field]);
    yield* notOverHundredPercent(`${path}.${field}`, spec[field]);
  }
  yield* labelSelector(`${path}.selector`, selector, leniency);
  if (policy !== undefined) {
    yield* oneOf(`${path}.unhealthyPodEvictionPolicy`, policy, ["AlwaysAllow", "IfHealthyBudget"]);
  }
}

const twoBounds = (path: string, spec: PodDisruptionBudgetSpec): FieldError =>
  invalid(path, internalForm(spec, "PodDisruptionBudgetSpec"), "minAvailable and maxUnavailable cannot be both set");

const counts = ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const;

function* budgetStatus(path: string, status: PodDisruptionBudget["status"]): Findings {
  yield* conditions(`${path}.conditions`, status?.conditions);
  for (const field of counts) yield* atLeastZero(`${path}.${field}`, status?.[field]);
}
