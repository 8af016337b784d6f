/** Conditions of the general kind (metav1.Condition), which carry a generation. Pure. */
import type { Condition } from "#api/types/meta/v1";

export type ConditionSetting = Omit<Condition, "lastTransitionTime">;

/** With the condition of this type set in its place, or added; the transition time moves only with the status. */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  next: ConditionSetting,
  now: string,
): Condition[] {
  const list = conditions ?? [];
  const old = list.find(({ type }) => type === next.type);
  if (!old) return [...list, { ...next, lastTransitionTime: now }];
  const since = old.status === next.status ? (old.lastTransitionTime ?? now) : now;
  return list.map((each) => (each === old ? { ...next, lastTransitionTime: since } : each));
}
