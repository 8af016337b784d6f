/** How seats go from levels that need them less to those that need them more: KEP-1040, "Dispatching". Pure. */
import { allocateFairly } from "./fair-allocation.ts";
import type { SeatLimits } from "./level-settings.ts";

export interface Borrower {
  readonly exempt: boolean;
  readonly limits: SeatLimits;
  /** The limit until now. */
  readonly current: number;
  /** The most seats that were wanted at once in the last period. */
  readonly highWatermark: number;
  /** Seats wanted, over a longer time. */
  readonly smoothed: number;
}

export interface Borrowed {
  readonly limit: number;
  readonly target: number;
}

export interface BorrowingPlan {
  /** In the order of the levels. */
  readonly levels: readonly Borrowed[];
  readonly fairFraction: number;
}

/** What nothing limits takes what it has used; the others share the rest by what they want. */
export function planBorrowing(levels: readonly Borrower[]): BorrowingPlan {
  const limited = levels.filter(({ exempt }) => !exempt);
  const nominalSum = sumOf(levels, ({ limits }) => limits.nominal);
  const rest = nominalSum - sumOf(levels, (level) => (level.exempt ? needOf(level) : 0));
  const lowerSum = sumOf(limited, ({ limits }) => limits.lower);
  const needSum = sumOf(limited, needOf);
  const allocation = rest > needSum ? allocateFairly(nominalSum, limited.map(claimOf)) : undefined;
  // What is left for more than the lower bounds, as a part of what is needed beyond them.
  const spare = needSum > lowerSum ? Math.max(0, rest - lowerSum) / (needSum - lowerSum) : 0;
  const limitOf = (level: Borrower): number => {
    if (level.exempt) return needOf(level);
    if (allocation) return Math.round(allocation.parts[limited.indexOf(level)] ?? level.current);
    if (rest > needSum) return level.current;
    return level.limits.lower + Math.round((needOf(level) - level.limits.lower) * spare);
  };
  return {
    levels: levels.map((level) => ({ limit: limitOf(level), target: targetOf(level) })),
    fairFraction: allocation?.fairFraction ?? 0,
  };
}

/** A level keeps what it has just used, as far as that was its own; and never goes below its lower bound. */
function needOf({ exempt, limits, highWatermark }: Borrower): number {
  return Math.max(limits.lower, exempt ? highWatermark : Math.min(limits.nominal, highWatermark));
}

const targetOf = (level: Borrower): number => Math.max(needOf(level), level.smoothed);

const claimOf = (level: Borrower) => ({
  lower: needOf(level),
  upper: level.limits.upper,
  target: targetOf(level),
});

const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);
