/** Rules on lists of metav1.Condition. */
import type { Condition } from "#api/types/meta/v1";
import { duplicate, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, oneOf } from "./findings.ts";
import { labelKey } from "./label-selector.ts";

const reasonBytesMax = 1024;
const messageBytesMax = 32 * 1024;
const reasonPattern = /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/;
const reasonText =
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?')";

export function* conditions(path: string, list: readonly Condition[] | undefined): Findings {
  const types = new Set<string>();
  for (const [at, condition] of (list ?? []).entries()) {
    const here = `${path}[${at}]`;
    const { type = "" } = condition as Partial<Condition>;
    if (types.has(type)) yield duplicate(`${here}.type`, type);
    types.add(type);
    yield* oneCondition(here, condition);
  }
}

function* oneCondition(path: string, condition: Partial<Condition>): Findings {
  const { type, status, observedGeneration: generation, lastTransitionTime, reason, message } = condition;
  yield* labelKey(`${path}.type`, type);
  yield* oneOf(`${path}.status`, status, ["False", "True", "Unknown"]);
  if ((generation ?? 0) < 0) {
    yield invalid(`${path}.observedGeneration`, generation, "must be greater than or equal to zero");
  }
  if (!lastTransitionTime) yield required(`${path}.lastTransitionTime`);
  if (!reason) yield required(`${path}.reason`);
  else {
    if (!reasonPattern.test(reason)) yield invalid(`${path}.reason`, reason, reasonText);
    if (Buffer.byteLength(reason) > reasonBytesMax) yield tooLong(`${path}.reason`, reasonBytesMax);
  }
  if (Buffer.byteLength(message ?? "") > messageBytesMax) yield tooLong(`${path}.message`, messageBytesMax);
}
