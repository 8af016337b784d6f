/** One request on its way through a priority level. */
import type { FairQueue } from "./fair-queue.ts";
import type { FlowCounts } from "./flow-counts.ts";

/** What its seats are occupied for, before, during and after its service. */
export interface WorkEstimate {
  /** While it is served. */
  readonly initialSeats: number;
  /** After it was answered, while others are told of what it changed. */
  readonly finalSeats: number;
  /** For how long, ms. */
  readonly lingerMs: number;
}

/** The schema that took it. */
export interface FlowOwner {
  readonly name: string;
  readonly counts: FlowCounts;
}

export type Stage = "new" | "waiting" | "executing" | "over";

/** What service counts for until anybody knows how long it takes, ms. */
export const serviceMsExpected = 3;

export class FlowRequest {
  readonly schema: FlowOwner;
  /** Whose it is among the schema's requests. */
  readonly flow: string;
  readonly initialSeats: number;
  finalSeats: number;
  lingerMs: number;
  stage: Stage = "new";
  arrivedAt = 0;
  startedAt = 0;
  /** What the queues' progress was when it came, seat-milliseconds. */
  arrivalProgress = 0;
  queue: FairQueue | undefined;
  /** Its neighbours in the queue. */
  before: FlowRequest | undefined;
  behind: FlowRequest | undefined;
  /** Told once whether a request that waited may go on. */
  decide: ((mayExecute: boolean) => void) | undefined;

  constructor(schema: FlowOwner, flow: string, { initialSeats, finalSeats, lingerMs }: WorkEstimate) {
    this.schema = schema;
    this.flow = flow;
    this.initialSeats = initialSeats;
    this.finalSeats = finalSeats;
    this.lingerMs = lingerMs;
  }

  /** Taken from its start until the last of its work is done. */
  get seats(): number {
    return Math.max(this.initialSeats, this.finalSeats);
  }

  /** Seat-milliseconds. */
  get work(): number {
    return this.initialSeats * serviceMsExpected + this.finalSeats * this.lingerMs;
  }

  /** The same work on fewer seats, for longer. */
  narrowEnd(seatsMax: number): void {
    if (this.finalSeats <= seatsMax || seatsMax <= 0) return;
    this.lingerMs = (this.finalSeats * this.lingerMs) / seatsMax;
    this.finalSeats = seatsMax;
  }
}
