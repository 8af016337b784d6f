/** What keeps the server from doing too much at once. */
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Exchange } from "../http/exchange.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { profilingPrefix } from "../pages/profiling.ts";

export interface LimitedRequest {
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly user: RequestUser;
  /** When it came, by the process's monotonic clock, ms: the handler reads it anyway, and reading costs. */
  readonly arrivedAt: number;
  /** How long the request may take altogether. */
  readonly timeoutMs: number;
}

/** Leave to be executed. */
export interface Passage {
  /** The request is over at this time, by the same clock; once more is harmless. */
  leave(now: number): void;
}

interface Counts {
  readonly readOnly: number;
  readonly mutating: number;
}

export interface RequestLimiter {
  readonly executing: Counts;
  readonly waiting: Counts;
  /** Called once the client is known. Undefined: this request is not limited. Throws, or rejects with, StatusError 429. */
  enter(request: LimitedRequest): Passage | Promise<Passage> | undefined;
}

const mutating = new Set(["POST", "PUT", "PATCH", "DELETE"]);
const longRunning = new Set(["exec", "attach", "portforward", "proxy", "log"]);

export const kindOf = (method: string): "mutating" | "readOnly" => (mutating.has(method) ? "mutating" : "readOnly");

/** Requests that stay open. */
export function isLongRunning({ resource, path }: RequestInfo): boolean {
  if (resource === undefined) return path.startsWith(profilingPrefix);
  return resource.verb === "watch" || longRunning.has(resource.subresource);
}
