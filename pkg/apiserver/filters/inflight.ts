/** How many requests may be under way at once; those that stay open do not count. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { profilingPrefix } from "../pages/profiling.ts";

const mutating = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const longRunning = new Set(["exec", "attach", "portforward", "proxy", "log"]);

export function isLongRunning({ resource, path }: RequestInfo): boolean {
  if (resource === undefined) return path.startsWith(profilingPrefix);
  return resource.verb === "watch" || longRunning.has(resource.subresource);
}

export class InFlight {
  readonly #limits: { readonly readOnly: number; readonly mutating: number };
  readOnly = 0;
  mutating = 0;

  /** A limit of 0 is none. */
  constructor(limits: { readonly readOnly: number; readonly mutating: number }) {
    this.#limits = limits;
  }

  /** Returns what to call when the request is over. Throws 429 when too many are under way. */
  enter(method: string): () => void {
    const kind = mutating.has(method) ? "mutating" : "readOnly";
    const limit = this.#limits[kind];
    if (limit > 0 && this[kind] >= limit) {
      throw new StatusError("TooManyRequests", "Too many requests, please try again later.", {
        details: { retryAfterSeconds: 1 },
      });
    }
    this[kind]++;
    return () => {
      this[kind]--;
    };
  }
}
