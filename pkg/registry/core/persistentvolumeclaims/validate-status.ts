/** What a claim's status may say. */
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings, say } from "../../shared/findings.ts";
import { isNative, resourceQuantity } from "../../shared/resource-names.ts";

const resizeStates = [
  "ControllerResizeInProgress",
  "ControllerResizeInfeasible",
  "NodeResizeInProgress",
  "NodeResizeInfeasible",
  "NodeResizePending",
];

export const validateClaimStatus = ({ spec, status }: Readonly<PersistentVolumeClaim>): FieldError[] => [
  ...(spec.accessModes?.length ? [] : [required("Spec.accessModes")]),
  ...capacity("status.capacity", status?.capacity),
  ...resizing("status.allocatedResourceStatuses", status?.allocatedResourceStatuses),
  ...allocated("status.allocatedResources", status?.allocatedResources),
];

type Texts = Readonly<Record<string, string>>;

function* capacity(path: string, amounts: Texts | undefined): Findings {
  for (const [name, amount] of entriesOf(amounts)) yield* notNegative(`${path}[${name}]`, amount);
}

function* notNegative(path: string, amount: string): Findings {
  const value = parseQuantity(amount).value();
  if (value < 0n) yield invalid(path, value, "must be a valid resource quantity");
}

function* resizing(path: string, states: Texts | undefined): Findings {
  for (const [name, state] of entriesOf(states)) {
    yield* claimResource(path, name);
    if (!resizeStates.includes(state)) yield notSupported(path, name, resizeStates.toSorted());
  }
}

function* allocated(path: string, amounts: Texts | undefined): Findings {
  for (const [name, amount] of entriesOf(amounts)) {
    const here = `${path}[${name}]`;
    const wrong = [...claimResource(path, name)];
    if (wrong.length === 0) wrong.push(...notNegative(here, amount));
    if (wrong.length > 0) yield* wrong;
    else yield* resourceQuantity(here, "storage", amount);
  }
}

/** Of Kubernetes' own resources a claim has storage only. */
function* claimResource(path: string, name: string): Findings {
  const wrong = labelKeyErrors(name);
  yield* say(path, name, wrong);
  if (wrong.length === 0 && isNative(name) && name !== "storage") yield notSupported(path, name, ["storage"]);
}
