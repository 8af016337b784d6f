import type { PriorityClass } from "#api/types/scheduling.k8s.io/v1";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, requiredOneOf } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import type { Strategy } from "../../strategy.ts";

const systemPrefix = "system-";
const userValueMax = 1_000_000_000;
const systemValues = new Map([
  ["system-node-critical", 2_000_001_000],
  ["system-cluster-critical", 2_000_000_000],
]);

export const priorityclasses: Strategy<PriorityClass> = {
  applyDefaults(priorityClass) {
    priorityClass.preemptionPolicy ??= "PreemptLowerPriority";
  },
  /** The first generation stays: what may change does not count. */
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  validateCreate: validateNew,
  validateUpdate: (next, old) => [
    ...((next.value ?? 0) === (old.value ?? 0) ? [] : [forbidden("value", "may not be changed in an update.")]),
    ...immutable("preemptionPolicy", next.preemptionPolicy, old.preemptionPolicy),
  ],
};

function validateNew(priorityClass: Readonly<PriorityClass>): FieldError[] {
  const { metadata, value, preemptionPolicy: policy } = priorityClass;
  const name = metadata.name ?? "";
  const errors: FieldError[] = [];
  if (name.startsWith(systemPrefix)) errors.push(...systemClass(name, priorityClass));
  else if ((value ?? 0) > userValueMax) {
    errors.push(forbidden("value", `maximum allowed value of a user defined priority is ${userValueMax}`));
  }
  if (policy === undefined) return errors;
  return [...errors, ...requiredOneOf("preemptionPolicy", policy, ["PreemptLowerPriority", "Never"])];
}

/** Only the system's own classes have its prefix. */
function* systemClass(name: string, { value, globalDefault }: PriorityClass): Findings {
  const own = systemValues.get(name);
  let why: string | undefined;
  if (own === undefined) why = `${name} is not a known system priority class`;
  else if ((value ?? 0) !== own) why = `value of ${name} PriorityClass must be ${own}`;
  else if (globalDefault) why = `globalDefault of ${name} PriorityClass must be false`;
  if (why === undefined) return;
  const text = `priority class names with '${systemPrefix}' prefix are reserved for system use only. error: ${why}`;
  yield forbidden("metadata.name", text);
}
