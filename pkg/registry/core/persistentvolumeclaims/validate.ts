/** The rules of PersistentVolumeClaims: https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "#api/types/core/v1";
import { shallowCopy } from "#pkg/apimachinery/emptied.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import { claimSpec } from "../../shared/claim-spec.ts";
import type { Findings } from "../../shared/findings.ts";
import { fixed, immutable } from "../../shared/immutable.ts";
import { internalForm, prettyGoJson } from "../../shared/internal-form/index.ts";
import { labelSelector } from "../../shared/label-selector.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { unifiedDiff } from "../../shared/unified-diff.ts";

type Claim = Readonly<PersistentVolumeClaim>;
type Spec = PersistentVolumeClaimSpec;

/** Where the class was named once. */
export const classAnnotation = "volume.beta.kubernetes.io/storage-class";

export const validateNewClaim = ({ spec }: Claim): FieldError[] => [...claimSpec("spec", spec)];

export function validateClaimUpdate(next: Claim, old: Claim): FieldError[] {
  const { dataSource, dataSourceRef } = old.spec;
  // What was stored may stay.
  const anyValues = [...labelSelector("", old.spec.selector)].length > 0;
  const groups = (dataSource?.apiGroup ?? dataSourceRef?.apiGroup ?? undefined) === undefined;
  return [
    ...claimSpec("spec", next.spec, { selector: { anyValues }, groups }),
    ...annotationKept(`metadata.annotations.${classAnnotation}`, next, old),
    ...specKept("spec", next, old),
    ...notSmaller("spec.resources.requests.storage", next, old),
    ...immutable("volumeMode", next.spec.volumeMode, old.spec.volumeMode),
    ...attributesKept("spec.volumeAttributesClassName", next, old),
  ];
}

const classOf = ({ metadata }: Claim): string | undefined => {
  const annotations = metadata.annotations ?? {};
  return Object.hasOwn(annotations, classAnnotation) ? annotations[classAnnotation] : undefined;
};

/** A claim that named its class by annotation may name the same in its field. */
function movesClass(next: Claim, old: Claim): boolean {
  const before = classOf(old);
  const wanted = next.spec.storageClassName;
  if (before === undefined || old.spec.storageClassName !== undefined || wanted !== before) return false;
  return (classOf(next) ?? before) === before;
}

function* annotationKept(path: string, next: Claim, old: Claim): Findings {
  if (movesClass(next, old)) return;
  const [after, before] = [classOf(next) ?? "", classOf(old) ?? ""];
  if (after !== before) yield fixed(path, after);
}

/** A bound claim may grow and change its attributes; one that is not bound yet may get its volume and its class. */
function* specKept(path: string, next: Claim, old: Claim): Findings {
  const before: Spec = shallowCopy(old.spec);
  const after: Spec = shallowCopy(next.spec);
  if (!old.spec.volumeName) copyField(before, next.spec, "volumeName");
  const annotated = classOf(old);
  const wanted = next.spec.storageClassName;
  if (movesClass(next, old)) delete after.storageClassName;
  else if (wanted !== undefined && old.spec.storageClassName === undefined && (annotated ?? wanted) === wanted) {
    delete after.storageClassName;
  }
  const isBound = next.status?.phase === "Bound";
  if (isBound) copyField(after, old.spec, "volumeAttributesClassName");
  after.resources = resourcesToCompare(next.spec, old.spec, isBound);
  if (sameMeaning(after, before)) return;
  const print = (spec: Spec) => prettyGoJson(internalForm(spec, "PersistentVolumeClaimSpec"));
  const text =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  yield forbidden(path, `${text}\n${unifiedDiff(print(before), print(after))}`);
}

function copyField<K extends keyof Spec>(to: Spec, from: Spec, field: K): void {
  if (from[field] === undefined) delete to[field];
  else to[field] = from[field];
}

type Resources = NonNullable<Spec["resources"]>;

/** Amounts count, not how they are written; of a bound claim the request is compared elsewhere. */
function resourcesToCompare(
  { resources: next = {} }: Spec,
  { resources: old = {} }: Spec,
  isBound: boolean,
): Resources {
  const out: Resources = shallowCopy(next);
  for (const list of ["limits", "requests"] as const) {
    if (next[list]) out[list] = rewritten(next[list], old[list] ?? {});
  }
  const storage = old.requests?.["storage"];
  if (isBound && out.requests && storage !== undefined) out.requests = { ...out.requests, storage };
  return out;
}

type Amounts = Readonly<Record<string, string>>;

const rewritten = (next: Amounts, old: Amounts): Record<string, string> =>
  Object.fromEntries(
    Object.entries(next).map(([name, amount]) => {
      const before = Object.hasOwn(old, name) ? old[name] : undefined;
      const isSame = before !== undefined && parseQuantity(before).compare(parseQuantity(amount)) === 0;
      return [name, isSame ? before : amount];
    }),
  );

const storageOf = (amounts: Amounts | undefined) => parseQuantity(amounts?.["storage"] ?? "0");

/** A claim may shrink only to undo growth that failed. */
function* notSmaller(path: string, next: Claim, old: Claim): Findings {
  const wanted = storageOf(next.spec.resources?.requests);
  if (wanted.compare(storageOf(old.spec.resources?.requests)) >= 0) return;
  if (wanted.compare(storageOf(old.status?.capacity)) <= 0) {
    yield forbidden(path, "field can not be less than status.capacity");
  }
}

function* attributesKept(path: string, next: Claim, old: Claim): Findings {
  const wanted = next.spec.volumeAttributesClassName;
  if (wanted || sameMeaning(wanted, old.spec.volumeAttributesClassName)) return;
  if (old.status?.currentVolumeAttributesClassName === undefined) return;
  const what = wanted === undefined ? "nil" : "empty string";
  yield forbidden(path, `update to ${what} is forbidden when status.currentVolumeAttributesClassName is not nil`);
}
