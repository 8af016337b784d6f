/** What to send so that the API's status becomes ours. Pure. */
import type { PodStatus } from "#api/types/core/v1";
import { kubeletConditions, sharedConditions } from "./conditions.ts";

/** JSON equality, whatever the objects' prototypes and the order of keys; undefined is absent. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = (value: Record<string, unknown>): string[] =>
    Object.keys(value).filter((key) => value[key] !== undefined);
  const names = keys(left);
  return (
    names.length === keys(right).length &&
    names.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  );
}

/** Lists that merge by key in the API: to take an entry away the whole list is replaced. */
const mergedLists: ReadonlySet<string> = new Set(["podIPs", "hostIPs"]);
/** Conditions that the kubelet writes. */
const ownConditions: ReadonlySet<string> = new Set([...kubeletConditions, ...sharedConditions]);

/** The kubelet never writes these. */
const foreign: ReadonlySet<string> = new Set([
  "conditions",
  "nominatedNodeName",
  "resourceClaimStatuses",
  "extendedResourceClaimStatus",
  "resize",
  "allocatedResources",
  "resources",
]);

/** A strategic merge patch of `status`; undefined when nothing differs. Conditions of others are left alone. */
export function statusPatch(current: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  const before = current as Record<string, unknown>;
  const after = wanted as Record<string, unknown>;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (foreign.has(key) || sameJson(before[key], after[key])) continue;
    const value = after[key];
    if (value === undefined) patch[key] = null;
    else if (mergedLists.has(key) && before[key] !== undefined)
      patch[key] = [{ $patch: "replace" }, ...(value as unknown[])];
    else patch[key] = value;
  }
  const own = (wanted.conditions ?? []).filter(({ type }) => ownConditions.has(type));
  const changed = own.filter(
    (condition) =>
      !sameJson(withoutProbe(condition), withoutProbe(current.conditions?.find(({ type }) => type === condition.type))),
  );
  // All of ours together, so that a first write has them in upstream's order.
  if (changed.length > 0) {
    patch["$setElementOrder/conditions"] = (wanted.conditions ?? []).map(({ type }) => ({ type }));
    patch["conditions"] = changed.map((condition) =>
      clearAbsent(
        condition,
        current.conditions?.find(({ type }) => type === condition.type),
      ),
    );
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

const withoutProbe = (condition: object | undefined): object => ({ ...condition, lastProbeTime: null });

/** A merge keeps what it is not told of: an old reason or message is taken away by name. */
function clearAbsent(condition: object, before: object | undefined): object {
  const cleared: Record<string, unknown> = { ...condition };
  for (const key of ["reason", "message"])
    if (before && Object.hasOwn(before, key) && !Object.hasOwn(condition, key)) cleared[key] = null;
  return cleared;
}
