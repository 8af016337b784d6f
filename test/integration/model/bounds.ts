/** Between which revisions an operation must have taken place, by what was known before it began and after it ended. */
import type { History } from "./history.ts";
import type { Operation } from "./operations.ts";

export interface Range {
  /** Committed before the operation began: somebody had been told. */
  readonly low: number;
  /** Nothing beyond can have been seen: whoever wrote it had not begun when the operation ended. */
  readonly high: number;
}

/** Times with revisions, and the best revision on one side of a time. */
class Extremes {
  readonly #times: readonly number[];
  readonly #best: readonly number[];

  constructor(points: readonly (readonly [time: number, revision: number])[], pick: (a: number, b: number) => number) {
    const sorted = points.toSorted(([a], [b]) => a - b);
    this.#times = sorted.map(([time]) => time);
    const best: number[] = [];
    for (const [, revision] of sorted) best.push(best.length === 0 ? revision : pick(best.at(-1) as number, revision));
    this.#best = best;
  }

  /** Over all points with a time below; undefined without any. */
  before(time: number): number | undefined {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#times[middle] as number) < time) low = middle + 1;
      else high = middle;
    }
    return this.#best[low - 1];
  }
}

export class Bounds {
  readonly #told: Extremes;
  /** Times negated: what began after an end is what is before its negative. */
  readonly #begun: Extremes;

  constructor(history: History, operations: readonly Operation[]) {
    const told = operations.flatMap((operation) => {
      const revision = toldRevision(operation);
      return revision === undefined ? [] : [[operation.end, revision] as const];
    });
    const begins = new Map(operations.map(({ id, begin }) => [id, begin]));
    const begun = history.changes.flatMap(({ revision, value }) => {
      const begin = begins.get(value?.data["writer"] ?? "");
      return begin === undefined ? [] : [[-begin, revision] as const];
    });
    this.#told = new Extremes(told, Math.max);
    this.#begun = new Extremes(begun, Math.min);
  }

  of({ begin, end }: Pick<Operation, "begin" | "end">): Range {
    return {
      low: this.#told.before(begin) ?? 0,
      high: (this.#begun.before(-end) ?? Number.POSITIVE_INFINITY) - 1,
    };
  }
}

/** A revision that the answer shows to be committed. */
function toldRevision(operation: Operation): number | undefined {
  if (operation.kind === "deleteCollection" || operation.kind === "delete") return undefined;
  const { result } = operation;
  if (result.kind === "done") return result.seen.revision;
  if (result.kind !== "found") return undefined;
  return "seen" in result ? result.seen.revision : result.revision;
}
