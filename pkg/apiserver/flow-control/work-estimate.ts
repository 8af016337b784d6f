/** How many seats a request takes: KEP-1040, "Width of requests". */
import { isTrue, type RequestInfo, type ResourceRequest } from "../http/request-info.ts";
import type { FlowCounts } from "./flow-counts.ts";
import type { WorkEstimate } from "./flow-request.ts";
import type { WatchCounts } from "./watch-counts.ts";

export interface ObjectStatistics {
  readonly count: number;
  /** Bytes of all together. */
  readonly bytes: number;
}

export interface WorkFacts {
  /** Undefined: nobody here keeps such objects. */
  readonly objectsOf: (request: ResourceRequest) => ObjectStatistics | undefined;
  readonly watches: WatchCounts;
}

/** The schema that took the request. */
export interface Estimated {
  /** What it says of one request's seats; undefined: nothing. */
  readonly level: { readonly requestSeatsMax: number | undefined };
  readonly counts: FlowCounts;
}

const listSeatsMax = 100;
const mutatingSeatsMax = 10;
const bytesPerSeat = 100_000;
/** What a list from memory holds at a time, since it is streamed. */
const streamedBytesMax = 1_000_000;
const watchesPerSeat = 10;
/** How long the watchers of one seat take for an event. */
const eventMs = 5;

const oneSeat: WorkEstimate = { initialSeats: 1, finalSeats: 0, lingerMs: 0 };

export function estimateWork(info: RequestInfo, facts: WorkFacts, by: Estimated): WorkEstimate {
  const { resource } = info;
  switch (resource?.verb) {
    case "list":
    case "watch":
      return listEstimate(info, resource, facts, by);
    case "create":
    case "update":
    case "patch":
    case "delete":
      return mutatingEstimate(resource, facts, by);
    default:
      return oneSeat;
  }
}

/** By the bytes that are in hand at once. */
function listEstimate(
  { query }: RequestInfo,
  request: ResourceRequest,
  { objectsOf }: WorkFacts,
  { level }: Estimated,
): WorkEstimate {
  if (request.verb === "watch" && !sendsState(query)) return oneSeat;
  const objects = objectsOf(request);
  if (!objects || objects.count === 0) return oneSeat;
  const fromMemory = request.verb === "watch" || !needsStorage(query);
  const bytes = Math.ceil(loadedOf(query, request, objects.count, fromMemory) * (objects.bytes / objects.count));
  const inHand = fromMemory ? Math.min(bytes, streamedBytesMax) : bytes;
  const seats = Math.min(Math.ceil(inHand / bytesPerSeat), level.requestSeatsMax ?? listSeatsMax, listSeatsMax);
  return seats <= 1 ? oneSeat : { initialSeats: seats, finalSeats: 0, lingerMs: 0 };
}

/** How many objects are held to find those that are asked for. */
function loadedOf(query: URLSearchParams, { name }: ResourceRequest, count: number, fromMemory: boolean): number {
  if (name !== "") return 1;
  const limit = Number(query.get("limit") ?? 0);
  const limited = limit > 0 ? Math.min(limit, count) : count;
  const selects = Boolean(query.get("fieldSelector") || query.get("labelSelector"));
  return !fromMemory && selects ? Math.max(limited, Math.floor(count / 2)) : limited;
}

/** Watches that begin with what there is cost as much as a list. */
function sendsState(query: URLSearchParams): boolean {
  const version = query.get("resourceVersion") ?? "";
  return isTrue(query.get("sendInitialEvents")) || version === "" || version === "0";
}

/** Past states are not in memory. */
function needsStorage(query: URLSearchParams): boolean {
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  if (match !== "") return match !== "NotOlderThan";
  return Boolean(query.get("continue")) || (Number(query.get("limit") ?? 0) > 0 && version !== "" && version !== "0");
}

/** After a change the server is busy with telling the watchers. */
function mutatingEstimate(
  request: ResourceRequest,
  { watches }: WorkFacts,
  { level, counts }: Estimated,
): WorkEstimate {
  // A token is no change, though its path is below an object.
  if (request.plural === "serviceaccounts" && request.subresource === "token") return oneSeat;
  const count = watches.concernedBy(request);
  counts.watchCounts.observe(count);
  if (count < watchesPerSeat) return oneSeat;
  const wide = Math.ceil(count / watchesPerSeat);
  const finalSeats = Math.min(wide, level.requestSeatsMax ?? mutatingSeatsMax, mutatingSeatsMax);
  return { initialSeats: 1, finalSeats, lingerMs: (wide * eventMs) / finalSeats };
}
