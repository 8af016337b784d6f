/** The pool of ports of nodes. */
import { randomInt } from "node:crypto";
import type { Pool } from "./allocator.ts";

export function portPool({ from, to }: { readonly from: number; readonly to: number }): Pool {
  return {
    contains: (value) => Number(value) >= from && Number(value) <= to,
    random: () => String(from + randomInt(to - from + 1)),
    *all() {
      for (let port = from; port <= to; port++) yield String(port);
    },
    texts: {
      outside: () => `provided port is not in the valid range. The range of valid ports is ${from}-${to}`,
      taken: "provided port is already allocated",
      full: "range is full",
    },
  };
}
