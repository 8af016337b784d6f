/** Status conditions. Pure. */

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  lastUpdateTime?: string;
}

export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function conditionOf<C extends Condition>(conditions: readonly C[] | undefined, type: string): C | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/**
 * With `next` in place of the condition of its type, at the end, as upstream's controllers do it. Nothing changes where status
 * and reason are the same; the transition time stays where the status is.
 */
export function withCondition<C extends Condition>(conditions: readonly C[] | undefined, next: C): C[] {
  const list = conditions ?? [];
  const old = conditionOf(list, next.type);
  if (old && old.status === next.status && old.reason === next.reason) return [...list];
  const kept = list.filter(({ type }) => type !== next.type);
  const since = old && old.status === next.status ? old.lastTransitionTime : next.lastTransitionTime;
  return [...kept, since === undefined ? next : { ...next, lastTransitionTime: since }];
}

export const withoutCondition = <C extends Condition>(conditions: readonly C[] | undefined, type: string): C[] =>
  (conditions ?? []).filter((condition) => condition.type !== type);
