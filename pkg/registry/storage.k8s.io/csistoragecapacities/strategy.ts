import type { CSIStorageCapacity } from "#api/types/storage.k8s.io/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { immutable } from "../../shared/immutable.ts";
import { labelSelector, type SelectorLeniency } from "../../shared/label-selector.ts";
import { dnsSubdomain } from "../../shared/name-forms.ts";
import { nodeSelectorWarnings } from "../../shared/node-labels.ts";
import type { Strategy } from "../../strategy.ts";

type Capacity = Readonly<CSIStorageCapacity>;

const topologyWarnings = ({ nodeTopology }: Capacity): string[] => nodeSelectorWarnings("nodeTopology", nodeTopology);

/** What is asked of a driver is fixed; its answer is not. */
export const csistoragecapacities: Strategy<CSIStorageCapacity> = {
  allowUnconditionalUpdate: false,
  validateCreate: (capacity) => validate(capacity),
  validateUpdate: (next, old) => [
    ...validate(next, { anyValues: [...labelSelector("", old.nodeTopology)].length > 0 }),
    ...immutable("nodeTopology", next.nodeTopology, old.nodeTopology),
    ...immutable("storageClassName", next.storageClassName ?? "", old.storageClassName ?? ""),
  ],
  warningsOnCreate: topologyWarnings,
  warningsOnUpdate: topologyWarnings,
};

function validate(
  { nodeTopology, storageClassName, capacity }: Capacity,
  leniency: SelectorLeniency = {},
): FieldError[] {
  const errors: FieldError[] = [
    ...labelSelector("nodeTopology", nodeTopology, leniency),
    ...dnsSubdomain("storageClassName", storageClassName ?? ""),
  ];
  if (capacity === undefined) return errors;
  const quantity = parseQuantity(capacity);
  if (quantity.sign < 0) errors.push(invalid("capacity", quantity.toString(), "must be greater than or equal to 0"));
  return errors;
}
