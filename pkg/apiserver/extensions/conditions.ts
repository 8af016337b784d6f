/** Whether the names of a CustomResourceDefinition are free, and what its status says of it. Pure. */
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionCondition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionStatus,
} from "#api/types/apiextensions.k8s.io/v1";
import { timestamp } from "../write/request.ts";

type Definition = Readonly<CustomResourceDefinition>;

export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export function conditionOf({ status }: Definition, type: string): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export const isEstablished = (definition: Definition): boolean =>
  conditionOf(definition, "Established")?.status === "True";

interface Names {
  readonly accepted: CustomResourceDefinitionNames;
  /** Undefined: all are free. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

/** `others`: definitions of the same group. A name belongs to who had it accepted first. */
function namesOf(definition: Definition, others: readonly Definition[]): Names {
  const { names } = definition.spec;
  const taken = others.flatMap(({ status }) => (status?.acceptedNames ? [status.acceptedNames] : []));
  const resources = new Set(taken.flatMap((n) => [n.plural, n.singular ?? "", ...(n.shortNames ?? [])]));
  const kinds = new Set(taken.flatMap((n) => [n.kind, n.listKind ?? ""]));
  const before = definition.status?.acceptedNames ?? { plural: "", kind: "" };
  const checks: { field: keyof CustomResourceDefinitionNames; reason: string; values: string[]; used: Set<string> }[] =
    [
      { field: "plural", reason: "PluralConflict", values: [names.plural], used: resources },
      { field: "singular", reason: "SingularConflict", values: [names.singular ?? ""], used: resources },
      { field: "shortNames", reason: "ShortNamesConflict", values: [...(names.shortNames ?? [])], used: resources },
      { field: "kind", reason: "KindConflict", values: [names.kind], used: kinds },
      { field: "listKind", reason: "ListKindConflict", values: [names.listKind ?? ""], used: kinds },
    ];
  const conflicts = checks.flatMap(({ field, reason, values, used }) => {
    const clash = values.find((value) => value !== "" && used.has(value));
    return clash === undefined ? [] : [{ field, reason, message: `${JSON.stringify(clash)} is already in use` }];
  });
  const accepted = { ...names } as Record<string, unknown>;
  for (const { field } of conflicts) {
    if (before[field] === undefined) delete accepted[field];
    else accepted[field] = before[field];
  }
  const [first] = conflicts;
  return { accepted: accepted as unknown as CustomResourceDefinitionNames, conflict: first };
}

/** The status that a definition should have; the same object where it has it. */
export function statusOf(
  definition: Definition,
  others: readonly Definition[],
  nowMs: number,
): CustomResourceDefinitionStatus {
  const { accepted, conflict } = namesOf(definition, others);
  let conditions = [...(definition.status?.conditions ?? [])];
  conditions = withCondition(conditions, nowMs, {
    type: "NamesAccepted",
    status: conflict ? "False" : "True",
    reason: conflict?.reason ?? "NoConflicts",
    message: conflict?.message ?? "no conflicts found",
  });
  const established = conditions.find(({ type }) => type === "Established")?.status === "True";
  if (!established) {
    conditions = withCondition(conditions, nowMs, {
      type: "Established",
      status: conflict ? "False" : "True",
      reason: conflict ? "NotAccepted" : "InitialNamesAccepted",
      message: conflict ? "not all names are accepted" : "the initial names have been accepted",
    });
  }
  const stored = definition.spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
  const before = definition.status?.storedVersions ?? [];
  const storedVersions = [...before, ...stored.filter((name) => !before.includes(name))];
  return { ...definition.status, conditions, acceptedNames: accepted, storedVersions };
}

export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[],
  nowMs: number,
  next: Omit<CustomResourceDefinitionCondition, "lastTransitionTime">,
): CustomResourceDefinitionCondition[] {
  const old = conditions.find(({ type }) => type === next.type);
  if (old && old.status === next.status && old.reason === next.reason && old.message === next.message)
    return [...conditions];
  const lastTransitionTime = old?.status === next.status ? old?.lastTransitionTime : timestamp(nowMs);
  const condition = { ...next, ...(lastTransitionTime ? { lastTransitionTime } : {}) };
  return old ? conditions.map((one) => (one === old ? condition : one)) : [...conditions, condition];
}
