/** The rules of StorageClasses: https://kubernetes.io/docs/concepts/storage/storage-classes/ */
import type { TopologySelectorLabelRequirement, TopologySelectorTerm } from "#api/types/core/v1";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { duplicate, type FieldError, forbidden, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { labelKey } from "../../shared/label-selector.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { parameters, provisioner } from "./parameters.ts";

export const validateStorageClass = (storageClass: Readonly<StorageClass>): FieldError[] => [
  ...provisioner("provisioner", storageClass.provisioner),
  ...parameters("parameters", storageClass.parameters),
  ...reclaiming("reclaimPolicy", storageClass.reclaimPolicy),
  ...binding("volumeBindingMode", storageClass.volumeBindingMode),
  ...topologies("allowedTopologies", storageClass.allowedTopologies ?? []),
];

export function validateStorageClassUpdate(next: Readonly<StorageClass>, old: Readonly<StorageClass>): FieldError[] {
  const kept = (["parameters", "provisioner", "reclaimPolicy"] as const)
    .filter((field) => !sameMeaning(next[field] || undefined, old[field] || undefined))
    .map((field) => forbidden(field, `updates to ${field} are forbidden.`));
  return [...kept, ...immutable("volumeBindingMode", next.volumeBindingMode, old.volumeBindingMode)];
}

function* reclaiming(path: string, policy: string | undefined): Findings {
  if (policy) yield* oneOf(path, policy, ["Delete", "Retain"]);
}

function* binding(path: string, mode: string | undefined): Findings {
  if (mode === undefined) yield required(path);
  else yield* oneOf(path, mode, ["Immediate", "WaitForFirstConsumer"]);
}

/** Terms must differ. Upstream counts each of them once more as an empty one, so that an empty term never does. */
function* topologies(path: string, terms: readonly TopologySelectorTerm[]): Findings {
  const empty = terms.length;
  const before: string[] = [];
  for (const [at, term] of terms.entries()) {
    const here = `${path}[${at}].matchLabelExpressions`;
    const expressions = term?.matchLabelExpressions ?? [];
    yield* distinctKeys(here, expressions);
    const identity = identityOf(expressions);
    const same = before.filter((other) => other === identity).length + (expressions.length === 0 ? empty : 0);
    for (let n = 0; n < same; n++) yield duplicate(here, "");
    before.push(identity);
  }
}

function* distinctKeys(path: string, expressions: readonly TopologySelectorLabelRequirement[]): Findings {
  const keys = new Set<string>();
  for (const [at, { key = "", values }] of (
    expressions as readonly Partial<TopologySelectorLabelRequirement>[]
  ).entries()) {
    const here = `${path}[${at}]`;
    yield* distinctValues(`${here}.values`, values ?? []);
    yield* labelKey(`${here}.key`, key);
    if (keys.has(key)) yield duplicate(`${here}.key`, key);
    keys.add(key);
  }
}

function* distinctValues(path: string, values: readonly string[]): Findings {
  if (values.length === 0) yield required(path);
  const seen = new Set<string>();
  yield* each(path, values, function* (here, value) {
    if (seen.has(value)) yield duplicate(here, value);
    seen.add(value);
  });
}

/** The same for terms that ask for the same values of the same keys. */
function identityOf(expressions: readonly TopologySelectorLabelRequirement[]): string {
  const byKey = new Map(expressions.map(({ key, values }) => [key ?? "", [...new Set(values ?? [])].sort()]));
  return JSON.stringify([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}
