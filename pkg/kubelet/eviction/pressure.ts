/**
 * From measurements to what is to be done: which thresholds are met and since when, which conditions the node has, and which
 * thresholds pods have to go for now. Pure: state in, state out.
 */
import {
  conditionOf,
  isMemorySignal,
  type Observations,
  type PressureCondition,
  pressureConditions,
} from "./signals.ts";
import { amountOf, type Threshold } from "./thresholds.ts";

export interface PressureState {
  /** When a threshold that is met was first seen so. */
  readonly metSince: ReadonlyMap<Threshold, number>;
  /** Met for as long as they demand, and not yet resolved. */
  readonly unresolved: readonly Threshold[];
  /** When a condition was last called for. */
  readonly seenAt: ReadonlyMap<PressureCondition, number>;
}

export const calm: PressureState = { metSince: new Map(), unresolved: [], seenAt: new Map() };

export interface PressureInput {
  readonly thresholds: readonly Threshold[];
  readonly observations: Observations;
  /** How long a condition stays after it was last called for. */
  readonly transitionMs: number;
  readonly now: number;
}

export interface Pressure {
  readonly state: PressureState;
  /** In the order of the node's status. */
  readonly conditions: readonly PressureCondition[];
  /** To act on, the most urgent first. */
  readonly acute: readonly Threshold[];
}

export function nextPressure(before: PressureState, input: PressureInput): Pressure {
  const { thresholds, observations, transitionMs, now } = input;
  const met = new Set([
    ...thresholdsMet(thresholds, observations, { withReclaim: false }),
    ...thresholdsMet(before.unresolved, observations, { withReclaim: true }),
  ]);
  const metSince = new Map([...met].map((threshold) => [threshold, before.metSince.get(threshold) ?? now]));
  const called = [...met].map(({ signal }): [PressureCondition, number] => [conditionOf(signal), now]);
  const seenAt = new Map([...before.seenAt, ...called]);
  const unresolved = [...met].filter((threshold) => now - (metSince.get(threshold) ?? now) >= threshold.graceMs);
  return {
    state: { metSince, unresolved, seenAt },
    conditions: pressureConditions.filter((type) => now - (seenAt.get(type) ?? -Infinity) < transitionMs),
    acute: byUrgency(unresolved),
  };
}

/** `withReclaim`: there must be the minimum of what is reclaimed on top for a threshold not to be met. */
export const thresholdsMet = (
  thresholds: readonly Threshold[],
  observations: Observations,
  { withReclaim }: { readonly withReclaim: boolean },
): Threshold[] =>
  thresholds.filter(({ signal, value, minimumReclaim }) => {
    const observed = observations.get(signal);
    if (!observed) return false;
    const wanted = amountOf(value, observed.capacity).toNumber();
    const more = withReclaim && minimumReclaim ? amountOf(minimumReclaim, observed.capacity).toNumber() : 0;
    return observed.available < wanted + more;
  });

/** Memory before everything else. */
const byUrgency = (thresholds: readonly Threshold[]): Threshold[] =>
  thresholds.toSorted((a, b) => Number(isMemorySignal(b.signal)) - Number(isMemorySignal(a.signal)));
