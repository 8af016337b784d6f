/** What became of the requests of one schema in one level. Plain numbers on the hot path, samples when they are read. */

import { Histogram } from "../metrics/histogram.ts";

export type RejectionReason = "concurrency-limit" | "queue-full" | "time-out";

const secondsBounds = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30];
const lengthBounds = [0, 10, 25, 50, 100, 250, 500, 1000];
const seatsBounds = [1, 2, 4, 8, 16, 32, 64, 100];
const watchesBounds = [0, 1, 10, 100, 1000, 10_000];

export class FlowCounts {
  readonly level: string;
  readonly schema: string;
  dispatched = 0;
  readonly rejected: Record<RejectionReason, number> = { "concurrency-limit": 0, "queue-full": 0, "time-out": 0 };
  /** How often the first in line found too few seats. */
  unaccommodated = 0;
  waitingRequests = 0;
  waitingSeats = 0;
  executingRequests = 0;
  executingSeats = 0;
  /** Seconds in the queue of those that were then executed, and of the others. */
  readonly waits = { executed: new Histogram(secondsBounds), refused: new Histogram(secondsBounds) };
  /** Seconds; of watches until they have begun. */
  readonly executions = { regular: new Histogram(secondsBounds), watch: new Histogram(secondsBounds) };
  readonly queueLengths = new Histogram(lengthBounds);
  readonly estimatedSeats = new Histogram(seatsBounds);
  readonly watchCounts = new Histogram(watchesBounds);

  constructor(level: string, schema: string) {
    this.level = level;
    this.schema = schema;
  }

  get isIdle(): boolean {
    return this.waitingRequests === 0 && this.executingRequests === 0;
  }
}

/** Of schemas that are no more, so many are still shown. */
const pastMax = 500;

/** The counts outlive a change of the schemas: they only grow. */
export class AllFlowCounts {
  readonly #all = new Map<string, FlowCounts>();

  of(level: string, schema: string): FlowCounts {
    const key = `${level}/${schema}`;
    let counts = this.#all.get(key);
    if (!counts) {
      counts = new FlowCounts(level, schema);
      this.#all.set(key, counts);
    }
    return counts;
  }

  /** Forgets the oldest of those that nobody uses any more. */
  keep(used: ReadonlySet<FlowCounts>): void {
    let excess = this.#all.size - used.size - pastMax;
    for (const [key, counts] of this.#all) {
      if (excess <= 0) return;
      if (used.has(counts) || !counts.isIdle) continue;
      this.#all.delete(key);
      excess--;
    }
  }

  [Symbol.iterator](): Iterator<FlowCounts> {
    return this.#all.values();
  }
}
