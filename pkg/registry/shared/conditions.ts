/** Rules on metav1.Condition. */
import type { Condition } from "#api/types/meta/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, invalid, notSupported, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "./findings.ts";

const statuses = ["False", "True", "Unknown"];
const reasonLengthMax = 1_024;
const messageLengthMax = 32 * 1_024;
const reasonPattern = "[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?";
const reasonText = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName',  or 'ReasonA,ReasonB',  or 'ReasonA:ReasonB', regex used for validation is '${reasonPattern}')`;
const reasonRegex = new RegExp(`^${reasonPattern}$`);

/** Each type once. */
export function* conditions(path: string, items: readonly Condition[] | undefined | null): Findings {
  const seen = new Set<string>();
  for (const [at, item] of (items ?? []).entries()) {
    if (seen.has(item.type)) yield duplicate(`${path}[${at}].type`, item.type);
    seen.add(item.type);
    yield* condition(`${path}[${at}]`, item);
  }
}

function* condition(path: string, of: Condition): Findings {
  const { type = "", status = "", observedGeneration = 0, lastTransitionTime, reason = "", message = "" } = of;
  yield* say(`${path}.type`, type, labelKeyErrors(type));
  if (!statuses.includes(status)) yield notSupported(`${path}.status`, status, statuses);
  if (observedGeneration < 0) {
    yield invalid(`${path}.observedGeneration`, observedGeneration, "must be greater than or equal to zero");
  }
  if (!lastTransitionTime) yield required(`${path}.lastTransitionTime`);
  if (reason === "") yield required(`${path}.reason`);
  else {
    if (!reasonRegex.test(reason)) yield invalid(`${path}.reason`, reason, reasonText);
    if (Buffer.byteLength(reason) > reasonLengthMax) yield tooLong(`${path}.reason`, reasonLengthMax);
  }
  if (Buffer.byteLength(message) > messageLengthMax) yield tooLong(`${path}.message`, messageLengthMax);
}
