/** What was recommended and done for one autoscaler, as far back as its windows reach. */

export interface Recommendation {
  readonly replicas: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ScaleEvent {
  /** Replicas added or removed, positive. */
  readonly change: number;
  readonly at: number;
}

/** The longest window that the API allows. */
const keptMs = 3_600_000;
/** A bound for clocks that jump. */
const entriesMax = 2_000;

export class ScaleHistory {
  #recommendations: readonly Recommendation[] = [];
  #ups: readonly ScaleEvent[] = [];
  #downs: readonly ScaleEvent[] = [];

  get recommendations(): readonly Recommendation[] {
    return this.#recommendations;
  }

  get ups(): readonly ScaleEvent[] {
    return this.#ups;
  }

  get downs(): readonly ScaleEvent[] {
    return this.#downs;
  }

  recommend(replicas: number, at: number): void {
    this.#recommendations = kept([...this.#recommendations, { replicas, at }], at);
  }

  scaled(from: number, to: number, at: number): void {
    if (to > from) this.#ups = kept([...this.#ups, { change: to - from, at }], at);
    else this.#downs = kept([...this.#downs, { change: from - to, at }], at);
  }
}

const kept = <T extends { readonly at: number }>(entries: readonly T[], now: number): readonly T[] =>
  entries.filter(({ at }) => at > now - keptMs).slice(-entriesMax);
