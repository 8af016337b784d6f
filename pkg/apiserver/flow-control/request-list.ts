/** Requests one behind the other; any of them leaves in one step. A request is in one list at a time. */
import type { FlowRequest } from "./flow-request.ts";

export class RequestList {
  #first: FlowRequest | undefined;
  #last: FlowRequest | undefined;
  #length = 0;

  get first(): FlowRequest | undefined {
    return this.#first;
  }

  get length(): number {
    return this.#length;
  }

  add(request: FlowRequest): void {
    request.before = this.#last;
    if (this.#last) this.#last.behind = request;
    else this.#first = request;
    this.#last = request;
    this.#length += 1;
  }

  remove(request: FlowRequest): void {
    const { before, behind } = request;
    if (before) before.behind = behind;
    else this.#first = behind;
    if (behind) behind.before = before;
    else this.#last = before;
    request.before = undefined;
    request.behind = undefined;
    this.#length -= 1;
  }

  *[Symbol.iterator](): Iterator<FlowRequest> {
    for (let request = this.#first; request; request = request.behind) yield request;
  }
}
