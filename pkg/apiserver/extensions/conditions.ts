/** What the status of a CustomResourceDefinition says: which names are its own, and whether it is served. Pure. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from "#api/types/apiextensions.k8s.io/v1";
import { timestamp } from "../write/request.ts";
import { isCaBundle } from "./definition/conversion.ts";
import { structuralErrors } from "./definition/structural-rules.ts";

type Definition = Readonly<CustomResourceDefinition>;
type Condition = CustomResourceDefinitionCondition;
type Wanted = Omit<Condition, "lastTransitionTime">;

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export function conditionOf({ status }: Definition, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

const isTrue = (definition: Definition, type: string): boolean => conditionOf(definition, type)?.status === "True";

export const isEstablished = (definition: Definition): boolean => isTrue(definition, "Established");
export const areNamesAccepted = (definition: Definition): boolean => isTrue(definition, "NamesAccepted");
export const isTerminating = (definition: Definition): boolean =>
  definition.metadata.deletionTimestamp !== undefined || isTrue(definition, "Terminating");

interface Names {
  readonly accepted: CustomResourceDefinitionNames;
  /** Undefined: all are free. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

/** `others`: definitions of the same group. A name belongs to who had it accepted first. */
function namesOf(definition: Definition, others: readonly Definition[]): Names {
  const { names } = definition.spec;
  const before = definition.status?.acceptedNames ?? { plural: "", kind: "" };
  const taken = others.flatMap(({ status }) => (status?.acceptedNames ? [status.acceptedNames] : []));
  const resources = new Set(taken.flatMap((n) => [n.plural, n.singular ?? "", ...(n.shortNames ?? [])]));
  const kinds = new Set(taken.flatMap((n) => [n.kind, n.listKind ?? ""]));
  const own = new Set(before.shortNames ?? []);
  const checks: readonly {
    readonly field: keyof CustomResourceDefinitionNames;
    readonly reason: string;
    readonly values: readonly (string | undefined)[];
    readonly used: ReadonlySet<string>;
  }[] = [
    { field: "plural", reason: "PluralConflict", values: [names.plural], used: resources },
    { field: "singular", reason: "SingularConflict", values: [names.singular], used: resources },
    { field: "shortNames", reason: "ShortNamesConflict", values: names.shortNames ?? [], used: resources },
    { field: "kind", reason: "KindConflict", values: [names.kind], used: kinds },
    { field: "listKind", reason: "ListKindConflict", values: [names.listKind], used: kinds },
  ];
  const accepted = new Map<string, unknown>(Object.entries(names));
  let conflict: Names["conflict"];
  for (const { field, reason, values, used } of checks) {
    const clashes = values.filter((value) => value && used.has(value) && value !== before[field] && !own.has(value));
    if (clashes.length === 0) continue;
    const texts = [...new Set(clashes.map((name) => `${JSON.stringify(name)} is already in use`))];
    // The last that is found is the one that is told.
    conflict = { reason, message: texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]` };
    if (before[field] === undefined) accepted.delete(field);
    else accepted.set(field, before[field]);
  }
  return { accepted: Object.fromEntries(accepted) as unknown as CustomResourceDefinitionNames, conflict };
}

/** The status that a definition should have. */
export function statusOf(
  definition: Definition,
  others: readonly Definition[],
  nowMs: number,
): CustomResourceDefinitionStatus {
  const { accepted, conflict } = namesOf(definition, others);
  let conditions = [...(definition.status?.conditions ?? [])];
  const set = (condition: Wanted): void => {
    conditions = withCondition(conditions, nowMs, condition);
  };
  set({
    type: "NamesAccepted",
    status: conflict ? "False" : "True",
    reason: conflict?.reason ?? "NoConflicts",
    message: conflict?.message ?? "no conflicts found",
  });
  if (!isEstablished(definition)) set(establishedOf(definition, conflict !== undefined));
  const approval = approvalCondition(definition);
  if (approval) set(approval);
  const structure = structureCondition(definition);
  if (structure) set(structure);
  else conditions = conditions.filter(({ type }) => type !== "NonStructuralSchema");
  return { ...definition.status, conditions, acceptedNames: accepted, storedVersions: storedVersions(definition) };
}

function storedVersions({ spec, status }: Definition): string[] {
  const before = status?.storedVersions ?? [];
  const now = spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
  return [...before, ...now.filter((name) => !before.includes(name))];
}

function establishedOf({ spec }: Definition, isConflicting: boolean): Wanted {
  const established = { type: "Established", status: "False" as const };
  if (isConflicting) return { ...established, reason: "NotAccepted", message: "not all names are accepted" };
  const caBundle = spec.conversion?.webhook?.clientConfig?.caBundle;
  if (caBundle && !isCaBundle(caBundle)) {
    return { ...established, reason: "InvalidCABundle", message: "The conversion webhook CABundle is invalid" };
  }
  const message = "the initial names have been accepted";
  return { type: "Established", status: "True", reason: "InitialNamesAccepted", message };
}

const approvalAnnotation = "api-approved.kubernetes.io";

/** Groups of the project itself tell who approved their API. */
function approvalCondition({ spec, metadata }: Definition): Wanted | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(spec.group)) return undefined;
  const annotations = metadata.annotations ?? {};
  const text = Object.hasOwn(annotations, approvalAnnotation) ? (annotations[approvalAnnotation] ?? "") : "";
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`;
  const reference = "see https://github.com/kubernetes/enhancements/pull/1111";
  const condition = { type: "KubernetesAPIApprovalPolicyConformant", status: "False" as const };
  if (text === "") return { ...condition, reason: "MissingAnnotation", message: `${must}, ${reference}` };
  if (text.startsWith("unapproved")) {
    return { ...condition, reason: "UnapprovedAnnotation", message: `not approved: ${JSON.stringify(text)}` };
  }
  if (URL.canParse(text) && new URL(text).host !== "") {
    return { ...condition, status: "True", reason: "ApprovedAnnotation", message: `approved in ${text}` };
  }
  const message = `${must} with either a URL or a reason starting with "unapproved", ${reference}`;
  return { ...condition, reason: "InvalidAnnotation", message };
}

/** Schemas that are not structural can only have been stored before there was the rule. */
function structureCondition({ spec }: Definition): Wanted | undefined {
  const errors = spec.versions.flatMap(({ schema }, at) =>
    schema?.openAPIV3Schema
      ? structuralErrors(`spec.versions[${at}].schema.openAPIV3Schema`, schema.openAPIV3Schema)
      : [],
  );
  const preserved = "spec.preserveUnknownFields: Invalid value: true: must be false";
  const texts = errors.map(({ field, detail }) => `${field}: ${detail}`);
  if (spec.preserveUnknownFields) texts.unshift(preserved);
  if (texts.length === 0) return undefined;
  const message = texts.length === 1 ? (texts[0] as string) : `[${[...new Set(texts)].join(", ")}]`;
  return { type: "NonStructuralSchema", status: "True", reason: "Violations", message };
}

export function withCondition(conditions: readonly Condition[], nowMs: number, next: Wanted): Condition[] {
  const old = conditions.find(({ type }) => type === next.type);
  if (old && old.status === next.status && old.reason === next.reason && old.message === next.message)
    return [...conditions];
  const lastTransitionTime = old?.status === next.status ? old?.lastTransitionTime : timestamp(nowMs);
  const condition = { ...next, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
  return old ? conditions.map((one) => (one === old ? condition : one)) : [...conditions, condition];
}
