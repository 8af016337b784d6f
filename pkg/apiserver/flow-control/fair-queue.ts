/** Requests of some flows, in the order in which they came, and how far the queue is ahead of the others. */
import type { FlowRequest } from "./flow-request.ts";
import { RequestList } from "./request-list.ts";

export class FairQueue {
  readonly index: number;
  readonly waiters = new RequestList();
  /** The progress at which its next request is due, seat-milliseconds. */
  nextDue = 0;
  /** How many are executed that came from here. */
  executing = 0;
  seatsInUse = 0;
  #work = 0;

  constructor(index: number) {
    this.index = index;
  }

  get first(): FlowRequest | undefined {
    return this.waiters.first;
  }

  get length(): number {
    return this.waiters.length;
  }

  /** Of those that wait, seat-milliseconds. */
  get work(): number {
    return this.#work;
  }

  get isActive(): boolean {
    return this.waiters.length > 0 || this.executing > 0;
  }

  add(request: FlowRequest): void {
    this.waiters.add(request);
    this.#work += request.work;
  }

  remove(request: FlowRequest): void {
    this.waiters.remove(request);
    // Sums of fractions drift; with nobody left nothing is left.
    this.#work = this.length === 0 ? 0 : this.#work - request.work;
  }

  /** A queue that could not use its part does not save it up: nothing is due before it has come. */
  bound(): void {
    const arrival = this.first?.arrivalProgress;
    if (arrival !== undefined && this.nextDue < arrival) this.nextDue = arrival;
  }
}
