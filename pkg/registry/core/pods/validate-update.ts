/** What of a pod may change: very little, for it runs. */
import type { Affinity, Container, NodeAffinity, Pod, PodSpec, Toleration } from "#api/types/core/v1";
import { jsonTextOf } from "#pkg/apimachinery/codec/index.ts";
import { shallowCopy } from "#pkg/apimachinery/emptied.ts";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings, filled, int32Max, rangeText } from "../../shared/findings.ts";
import { internalForm, prettyGoJson } from "../../shared/internal-form/index.ts";
import { KnownClean } from "../../shared/known-clean.ts";
import { annotationsUpdate, podAnnotations } from "../../shared/pod-spec/annotations.ts";
import { trimmedImage } from "../../shared/pod-spec/containers.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { tolerations } from "../../shared/tolerations.ts";
import { unifiedDiff } from "../../shared/unified-diff.ts";

const mutable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
].join(",");

export function validatePodUpdate(next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  const annotations = "metadata.annotations";
  errors.push(...annotationsUpdate(annotations, next.metadata.annotations ?? {}, old.metadata.annotations ?? {}));
  errors.push(...podAnnotations(annotations, next.metadata.annotations, next.spec));
  errors.push(...(sameJson(next.spec, old.spec) ? unchangedSpec(next, old) : podSpecUpdate(next, old)));
  return errors;
}

const cleanSpecs = new KnownClean();

/** Some rules look at the new spec only, and may find something where nothing has changed. */
const unchangedSpec = (next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] =>
  cleanSpecs.findings(jsonTextOf(next.spec), () => podSpecUpdate(next, old));

/** All that is wrong with the change of the spec, whatever was found before. */
export function podSpecUpdate(next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  for (const list of ["containers", "initContainers"] as const) {
    const before = old.spec[list] ?? [];
    const after = next.spec[list] ?? [];
    if (before.length !== after.length) {
      errors.push(forbidden(`spec.${list}`, "pod updates may not add or remove containers"));
      return errors;
    }
    for (const [at, container] of after.entries()) errors.push(...image(`spec.${list}[${at}]`, container));
  }
  const deadline = deadlineUpdate(next.spec, old.spec);
  if (deadline) errors.push(deadline.error);
  if (deadline?.final) return errors;
  errors.push(...onlyMoreTolerations("spec.tolerations", next.spec.tolerations ?? [], old.spec.tolerations ?? []));
  errors.push(...onlyFewerGates("spec.schedulingGates", next.spec, old.spec));
  errors.push(...specUpdate(next.spec, old.spec));
  return errors;
}

function* image(path: string, container: Container): Findings {
  yield* filled(`${path}.image`, container.image);
  yield* trimmedImage(path, container);
}

/** `final`: nothing else is looked at. */
function deadlineUpdate(next: PodSpec, old: PodSpec): { error: FieldError; final: boolean } | undefined {
  const path = "spec.activeDeadlineSeconds";
  const [after, before] = [next.activeDeadlineSeconds, old.activeDeadlineSeconds];
  if (after === undefined) {
    if (before === undefined) return undefined;
    return { error: invalid(path, null, "must not update from a positive integer to nil value"), final: false };
  }
  if (after < 0 || after > int32Max) return { error: invalid(path, after, rangeText(0, int32Max)), final: true };
  if (before === undefined || before >= after) return undefined;
  return { error: invalid(path, after, "must be less than or equal to previous value"), final: true };
}

function* onlyMoreTolerations(path: string, next: readonly Toleration[], old: readonly Toleration[]): Findings {
  for (const before of old) {
    const kept = next.some((after) => {
      const { tolerationSeconds: _, ...rest } = before;
      const { tolerationSeconds, ...others } = after;
      return sameMeaning(rest, others);
    });
    if (kept) continue;
    yield forbidden(path, "existing toleration can not be modified except its tolerationSeconds");
    return;
  }
  yield* tolerations(path, next);
}

function* onlyFewerGates(path: string, next: PodSpec, old: PodSpec): Findings {
  const before = new Set((old.schedulingGates ?? []).map(({ name }) => name));
  for (const [at, { name }] of (next.schedulingGates ?? []).entries()) {
    if (before.has(name)) continue;
    yield forbidden(`${path}[${at}].name`, `only deletion is allowed, but found new scheduling gate '${name}'`);
  }
}

function* specUpdate(next: PodSpec, old: PodSpec): Findings {
  if (sameMeaning(next, old)) return;
  const munged = withMutableOf(next, old);
  if ((old.schedulingGates?.length ?? 0) > 0) yield* gatedUpdate(munged, old);
  if (sameMeaning(munged, old)) return;
  const before = prettyGoJson(internalForm(old, "PodSpec"));
  const after = prettyGoJson(internalForm(munged, "PodSpec"));
  yield forbidden("spec", `pod updates may not change fields other than ${mutable}\n${unifiedDiff(before, after)}`);
}

const imagesOf = (next: readonly Container[] | undefined, old: readonly Container[] | undefined): Container[] =>
  (next ?? []).map((container, at) => {
    const copy = shallowCopy(container);
    const before = old?.[at]?.image;
    if (before === undefined) delete copy.image;
    else copy.image = before;
    return copy;
  });

/** The new spec with what may change put back: it must then be the old one. */
function withMutableOf(next: PodSpec, old: PodSpec): PodSpec {
  const munged = shallowCopy(next);
  munged.containers = imagesOf(next.containers, old.containers);
  if (next.initContainers) munged.initContainers = imagesOf(next.initContainers, old.initContainers);
  for (const field of ["activeDeadlineSeconds", "schedulingGates", "tolerations"] as const) {
    if (old[field] === undefined) delete munged[field];
    else (munged as unknown as Record<string, unknown>)[field] = old[field];
  }
  const grace = old.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0 && next.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = grace;
  }
  return munged;
}

/** While it is gated a pod may be narrowed to fewer nodes. Puts back in `munged` what it judged. */
function* gatedUpdate(munged: PodSpec, old: PodSpec): Findings {
  if (!sameMeaning(munged.nodeSelector, old.nodeSelector)) {
    yield* selectorAdditions("spec.nodeSelector", munged.nodeSelector, old.nodeSelector ?? {});
    if (old.nodeSelector) munged.nodeSelector = old.nodeSelector;
    else delete munged.nodeSelector;
  }
  const before = old.affinity?.nodeAffinity;
  const after = munged.affinity?.nodeAffinity;
  if (sameMeaning(before, after)) return;
  yield* affinityAdditions("spec.affinity.nodeAffinity", after, before);
  const affinity: Affinity = { ...munged.affinity };
  delete affinity.nodeAffinity;
  if (before) affinity.nodeAffinity = before;
  if (Object.keys(affinity).length > 0 || old.affinity) munged.affinity = affinity;
  else delete munged.affinity;
}

type Labels = Readonly<Record<string, string>>;

function* selectorAdditions(path: string, next: Labels | undefined, old: Labels): Findings {
  for (const [key, value] of entriesOf(old)) {
    if (next && Object.hasOwn(next, key) && next[key] === value) continue;
    yield invalid(path, next ?? null, "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
  }
}

function* affinityAdditions(path: string, next: NodeAffinity | undefined, old: NodeAffinity | undefined): Findings {
  const field = "requiredDuringSchedulingIgnoredDuringExecution";
  const before = old?.[field]?.nodeSelectorTerms;
  if (!before?.length) return;
  const after = next?.[field]?.nodeSelectorTerms ?? [];
  const here = `${path}.${field}.nodeSelectorTerms`;
  if (before.length !== after.length) {
    const shown = after.map((term) => internalForm(term, "NodeSelectorTerm"));
    yield invalid(here, shown, "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
    return;
  }
  for (const [at, term] of before.entries()) {
    const wanted = after[at] ?? {};
    const keeps = (["matchExpressions", "matchFields"] as const).every((list) =>
      (term[list] ?? []).every((one, index) => sameMeaning(one, wanted[list]?.[index])),
    );
    if (!keeps || (isEmpty(term) && !isEmpty(wanted))) {
      const shown = internalForm(wanted, "NodeSelectorTerm");
      yield invalid(`${here}[${at}]`, shown, "only additions are allowed (no mutations or deletions)");
    }
  }
}

const isEmpty = (term: { matchExpressions?: readonly unknown[]; matchFields?: readonly unknown[] }): boolean =>
  !term.matchExpressions?.length && !term.matchFields?.length;
