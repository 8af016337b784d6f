import type { ValidatingAdmissionPolicyBinding } from "#api/types/admissionregistration.k8s.io/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const validatingAdmissionPolicyBindingCells: Cells<ValidatingAdmissionPolicyBinding> = (binding, now) => [
  nameOf(binding),
  binding.spec?.policyName ?? "",
  parameterOf(binding),
  age(binding, now),
];

function parameterOf({ spec }: ValidatingAdmissionPolicyBinding): string {
  const ref = spec?.paramRef;
  if (!ref) return "<unset>";
  if (ref.name) return ref.namespace ? `${ref.namespace}/${ref.name}` : ref.name;
  return labelSelectorFrom(ref.selector).toString();
}
