import type { Job, JobSpec } from "#api/types/batch/v1";
import { inKeyOrder } from "#pkg/apimachinery/sorted-keys.ts";
import { type FieldError, invalid, notSupported, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings, oneOf, say } from "../../shared/findings.ts";
import { internalForm, withSortedMaps } from "../../shared/internal-form/index.ts";
import { labelSelector, matcherOf } from "../../shared/label-selector.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";
import { labelsOutsideSelector, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { failurePolicy, successPolicy } from "./failure-policy.ts";

export const jobLabels = {
  controllerUid: "batch.kubernetes.io/controller-uid",
  jobName: "batch.kubernetes.io/job-name",
} as const;

/** What the spec alone tells. */
export const validateJobSpec = ({ spec }: Readonly<Job>): FieldError[] => [
  ...jobSpec("spec", spec),
  ...selectorFits("spec", spec),
];

export const validateNewJob = (job: Readonly<Job>): FieldError[] => validateJob(job, true);

/** Jobs that were stored before labels had prefixes need not have those. */
export function validateJob(job: Readonly<Job>, requirePrefixed: boolean): FieldError[] {
  const { metadata, spec } = job;
  const errors = [...generatedSelector(job, requirePrefixed), ...validateJobSpec(job)];
  if (spec.completionMode === "Indexed" && (spec.completions ?? 0) > 0) {
    const name = metadata.name ?? "";
    const hostname = `${name}-${(spec.completions ?? 0) - 1}`;
    if (labelErrors(hostname).length > 0) {
      errors.push(invalid("metadata.name", name, `will not able to create pod with invalid DNS label: ${hostname}`));
    }
  }
  return errors;
}

/** Unless it says so, a job's selector is the one that the server made, and its pods carry the labels for it. */
function* generatedSelector({ metadata, spec }: Job, requirePrefixed: boolean): Findings {
  const { manualSelector, selector, template } = spec;
  if (manualSelector || !selector) return;
  const uid = metadata.uid ?? "";
  const name = metadata.name ?? "";
  if (!uid) yield required("metadata.uid");
  const expected = {
    "controller-uid": uid,
    "job-name": name,
    ...(requirePrefixed ? { [jobLabels.controllerUid]: uid, [jobLabels.jobName]: name } : {}),
  };
  const labels = template?.metadata?.labels ?? {};
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (!Object.hasOwn(labels, key)) yield required(path, `must be '${value}'`);
    else if (labels[key] !== value) yield invalid(path, inKeyOrder(labels), `must be '${value}'`);
  }
  const matcher = matcherOf(selector);
  if (matcher && !matcher.matches(expected))
    yield invalid("spec.selector", withSortedMaps(selector), "`selector` not auto-generated");
}

function* selectorFits(path: string, { selector, template }: JobSpec): Findings {
  if (!selector) yield required(`${path}.selector`);
  else yield* labelSelector(`${path}.selector`, selector);
  const matcher = matcherOf(selector);
  if (matcher && !matcher.matches(template?.metadata?.labels))
    yield labelsOutsideSelector(`${path}.template`, template);
}

/** What holds for a job and for the template of a CronJob. */
export function* jobSpec(path: string, spec: JobSpec): Findings {
  yield* atLeastZero(`${path}.parallelism`, spec.parallelism);
  yield* atLeastZero(`${path}.completions`, spec.completions);
  yield* atLeastZero(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds);
  yield* atLeastZero(`${path}.backoffLimit`, spec.backoffLimit);
  yield* atLeastZero(`${path}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished);
  yield* atLeastZero(`${path}.backoffLimitPerIndex`, spec.backoffLimitPerIndex);
  yield* atLeastZero(`${path}.maxFailedIndexes`, spec.maxFailedIndexes);
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    yield required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified");
  }
  yield* managedBy(`${path}.managedBy`, spec.managedBy);
  yield* completion(path, spec);
  if (spec.podFailurePolicy) yield* failurePolicy(`${path}.podFailurePolicy`, spec);
  if (spec.successPolicy && spec.completionMode === "Indexed") yield* successPolicy(`${path}.successPolicy`, spec);
  else if (spec.successPolicy) {
    const shown = internalForm(spec.successPolicy, "SuccessPolicy");
    yield invalid(`${path}.successPolicy`, shown, "requires indexed completion mode");
  }
  yield* replacement(`${path}.podReplacementPolicy`, spec);
  yield* validatePodTemplate(`${path}.template`, spec.template);
  yield* restartPolicy(`${path}.template.spec.restartPolicy`, spec);
}

const managedByLengthMax = 63;

function* managedBy(path: string, name: string | undefined): Findings {
  if (name === undefined) return;
  const slash = name.indexOf("/");
  const [domain, rest] = [name.slice(0, slash), name.slice(slash + 1)];
  if (name === "") yield required(path);
  else if (slash <= 0 || rest === "") {
    yield invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")');
  } else {
    yield* say(path, domain, subdomainErrors(domain));
    if (!/^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/.test(rest)) {
      const text = "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')";
      yield invalid(path, rest, text);
    }
  }
  if (name.length > managedByLengthMax) yield tooLong(path, managedByLengthMax);
}

const indexedParallelismMax = 100_000;
const failedIndexesMax = 100_000;
/** Above so many completions the other bounds are tighter, when failures are counted per index. */
const completionsSoftMax = 100_000;
const tightMax = 10_000;

function* completion(path: string, spec: JobSpec): Findings {
  const { completionMode: mode, completions, parallelism, maxFailedIndexes } = spec;
  if (mode !== undefined) yield* oneOf(`${path}.completionMode`, mode, ["NonIndexed", "Indexed"]);
  if (mode === "Indexed") {
    if (completions === undefined) yield required(`${path}.completions`, "when completion mode is Indexed");
    if ((parallelism ?? 0) > indexedParallelismMax) {
      const text = `must be less than or equal to ${indexedParallelismMax} when completion mode is Indexed`;
      yield invalid(`${path}.parallelism`, parallelism, text);
    }
    if (maxFailedIndexes !== undefined && completions !== undefined && maxFailedIndexes > completions) {
      yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, "must be less than or equal to completions");
    }
    if ((maxFailedIndexes ?? 0) > failedIndexesMax) {
      yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, `must be less than or equal to ${failedIndexesMax}`);
    }
    yield* manyCompletions(path, spec);
  } else if (mode === undefined || mode === "NonIndexed") {
    for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"] as const) {
      if (spec[field] !== undefined) yield invalid(`${path}.${field}`, spec[field], "requires indexed completion mode");
    }
  }
}

function* manyCompletions(path: string, spec: JobSpec): Findings {
  const { completions = 0, backoffLimitPerIndex, maxFailedIndexes, parallelism } = spec;
  if (completions <= completionsSoftMax || backoffLimitPerIndex === undefined) return;
  if (maxFailedIndexes === undefined) {
    yield required(`${path}.maxFailedIndexes`, `must be specified when completions is above ${completionsSoftMax}`);
  }
  const text = `must be less than or equal to ${tightMax} when completions are above ${completionsSoftMax} and used with backoff limit per index`;
  if ((parallelism ?? 0) > tightMax) yield invalid(`${path}.parallelism`, parallelism, text);
  if ((maxFailedIndexes ?? 0) > tightMax) yield invalid(`${path}.maxFailedIndexes`, maxFailedIndexes, text);
}

function* replacement(path: string, { podReplacementPolicy: policy, podFailurePolicy }: JobSpec): Findings {
  if (policy === undefined) return;
  yield* oneOf(path, policy, podFailurePolicy ? ["Failed"] : ["Failed", "TerminatingOrFailed"]);
}

function* restartPolicy(path: string, { template, podFailurePolicy }: JobSpec): Findings {
  const policy: string = template?.spec?.restartPolicy ?? "";
  if (policy === "Always" || policy === "") yield required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== "OnFailure" && policy !== "Never") yield notSupported(path, policy, ["OnFailure", "Never"]);
  else if (podFailurePolicy && policy !== "Never") {
    yield invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
  }
}
