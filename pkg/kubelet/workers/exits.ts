/** Ends of containers that were told of while the runtime's lists may still show them running for a moment. */
import type { PodRecord } from "../runtime/state.ts";

/** How soon and how often to look for such an end. */
const lookAgainMs = 15;
/** Looks at the quick pace; a runtime that is slower than that is busy. */
const quickLooks = 60;
const lookAgainLaterMs = 250;
const looksMax = 180;

export class AwaitedExits {
  /** How often each container was looked at since, by id. */
  readonly #looks = new Map<string, number>();

  add(id: string): void {
    this.#looks.set(id, 0);
  }

  /** Counts a look at `record`. Returns in how many milliseconds to look again; undefined when nothing is awaited. */
  look(record: PodRecord): number | undefined {
    const ended = new Set(record.containers.filter(({ state }) => state === "exited").map(({ id }) => id));
    let looksMost = 0;
    for (const [id, looks] of this.#looks) {
      // A record from before the container began does not have it yet: only an end that shows settles it.
      if (ended.has(id) || looks >= looksMax) this.#looks.delete(id);
      else {
        this.#looks.set(id, looks + 1);
        looksMost = Math.max(looksMost, looks);
      }
    }
    if (this.#looks.size === 0) return undefined;
    return looksMost < quickLooks ? lookAgainMs : lookAgainLaterMs;
  }
}
