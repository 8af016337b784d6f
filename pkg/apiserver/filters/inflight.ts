/** How many requests may be under way at once, without priority and fairness; those that stay open do not count. */

import { isLongRunning, kindOf, type LimitedRequest, type Passage, type RequestLimiter } from "./limiter.ts";
import { TooManyRequestsError } from "./too-many-requests.ts";

const retryAfterSeconds = 1;
/** Whoever administers the server must get through to it. */
const unlimitedGroup = "system:masters";

export class InFlight implements RequestLimiter {
  readonly #limits: { readonly readOnly: number; readonly mutating: number };
  readonly executing = { readOnly: 0, mutating: 0 };
  readonly waiting = { readOnly: 0, mutating: 0 };

  /** A limit of 0 is none. */
  constructor(limits: { readonly readOnly: number; readonly mutating: number }) {
    this.#limits = limits;
  }

  enter({ info, user }: LimitedRequest): Passage | undefined {
    if (isLongRunning(info)) return undefined;
    const kind = kindOf(info.method);
    const limit = this.#limits[kind];
    const { executing } = this;
    if (limit > 0 && executing[kind] >= limit) {
      if (user.groups.includes(unlimitedGroup)) return undefined;
      throw new TooManyRequestsError(retryAfterSeconds);
    }
    executing[kind] += 1;
    let isOver = false;
    return {
      leave: () => {
        if (!isOver) executing[kind] -= 1;
        isOver = true;
      },
    };
  }
}
