import type { ValidatingAdmissionPolicy } from "#api/types/admissionregistration.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const validatingAdmissionPolicyCells: Cells<ValidatingAdmissionPolicy> = (policy, now) => {
  const kind = policy.spec?.paramKind;
  return [
    nameOf(policy),
    policy.spec?.validations?.length ?? 0,
    kind ? `${kind.apiVersion ?? ""}/${kind.kind ?? ""}` : "<unset>",
    age(policy, now),
  ];
};
