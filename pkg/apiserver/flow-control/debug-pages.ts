/** /debug/api_priority_and_fairness/: levels, queues and requests as tables, for people who look for what is slow. */
import type { RequestContext } from "../context.ts";
import { sendText } from "../pages/health.ts";
import type { Admission, FlowControl } from "./flow-control.ts";
import type { FlowRequest } from "./flow-request.ts";
import type { PriorityLevel } from "./priority-level.ts";

const prefix = "/debug/api_priority_and_fairness/";

type Row = readonly (string | number | boolean)[];

/** False: not one of its paths. */
export function answerFlowControl(context: RequestContext, control: FlowControl): boolean {
  const { path, query } = context.info;
  if (!path.startsWith(prefix)) return false;
  const levels = [...control.configuration.levels].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { queueSet } of levels) queueSet.sync();
  const rows = rowsOf(path.slice(prefix.length), levels, Boolean(query.get("includeRequestDetails")));
  if (!rows) return false;
  sendText(context, 200, printTable(rows));
  return true;
}

function rowsOf(page: string, levels: readonly PriorityLevel[], withDetails: boolean): Row[] | undefined {
  switch (page) {
    case "dump_priority_levels":
      return [levelColumns, ...levels.map(levelRow)];
    case "dump_queues":
      return [queueColumns, ...levels.flatMap(queueRows)];
    case "dump_requests":
      return [
        withDetails ? [...requestColumns, ...detailColumns] : requestColumns,
        ...levels.flatMap((level) => requestRows(level, withDetails)),
      ];
    default:
      return undefined;
  }
}

const levelColumns: Row = [
  "PriorityLevelName",
  "ActiveQueues",
  "IsIdle",
  "IsQuiescing",
  "WaitingRequests",
  "ExecutingRequests",
  "DispatchedRequests",
  "RejectedRequests",
  "TimedoutRequests",
  "CancelledRequests",
];

function levelRow({ name, isLeaving, queueSet }: PriorityLevel): Row {
  const { isIdle, waiting, executing, dispatched, rejected, cancelled } = queueSet;
  const active = queueSet.queues.filter(({ length }) => length > 0).length;
  // Requests whose time is over count as cancelled.
  return [name, active, isIdle, isLeaving, waiting, executing, dispatched, rejected, 0, cancelled];
}

const queueColumns: Row = [
  "PriorityLevelName",
  "Index",
  "PendingRequests",
  "ExecutingRequests",
  "SeatsInUse",
  "NextDispatchR",
  "InitialSeatsSum",
  "MaxSeatsSum",
  "TotalWorkSum",
];

/** Queues that were never used are empty and not shown. */
const queueRows = ({ name, queueSet }: PriorityLevel): Row[] =>
  queueSet.queues.map(({ index, length, executing, seatsInUse, nextDue, waiters, work }) => {
    const waiting = [...waiters];
    const initialSeats = waiting.reduce((sum, request) => sum + request.initialSeats, 0);
    const seats = waiting.reduce((sum, request) => sum + request.seats, 0);
    return [name, index, length, executing, seatsInUse, printWork(nextDue), initialSeats, seats, printWork(work)];
  });

const requestColumns: Row = [
  "PriorityLevelName",
  "FlowSchemaName",
  "QueueIndex",
  "RequestIndexInQueue",
  "FlowDistingsher",
  "ArriveTime",
  "InitialSeats",
  "FinalSeats",
  "AdditionalLatency",
  "StartTime",
];
const detailColumns: Row = [
  "UserName",
  "Verb",
  "APIPath",
  "Namespace",
  "Name",
  "APIVersion",
  "Resource",
  "SubResource",
];

function requestRows({ name, queueSet }: PriorityLevel, withDetails: boolean): Row[] {
  const rowOf = (request: FlowRequest, position: number): Row => {
    const { schema, queue, flow, arrivedAt, initialSeats, finalSeats, lingerMs, startedAt } = request;
    const times = [arrivedAt, startedAt].map(printTime);
    const row: Row = [
      ...[name, schema.name, queue?.index ?? -1, position, flow, times[0] as string],
      ...[initialSeats, finalSeats, printDuration(lingerMs), times[1] as string],
    ];
    return withDetails ? [...row, ...detailsOf(request as Admission)] : row;
  };
  return [
    ...queueSet.queues.flatMap(({ waiters }) => [...waiters].map(rowOf)),
    ...[...queueSet.running].map((request) => rowOf(request, -1)),
  ];
}

function detailsOf({ user, info: { resource, method, path } }: Admission): Row {
  if (!resource) return [user.name, method.toLowerCase(), path, "", "", "", "", ""];
  const { verb, namespace, name, group, version, plural, subresource } = resource;
  return [user.name, verb, path, namespace, name, group ? `${group}/${version}` : version, plural, subresource];
}

const fractionDigits = 8;

/** Seat-milliseconds as seat-seconds. */
const printWork = (work: number): string => `${(work / 1000).toFixed(fractionDigits)}ss`;

const printDuration = (ms: number): string => (ms === 0 ? "0s" : `${ms}ms`);

/** Times are told by a clock that began with the process. 0: not yet. */
const printTime = (at: number): string =>
  at === 0 ? "0001-01-01T00:00:00Z" : new Date(performance.timeOrigin + at).toISOString();

const cellWidthMin = 8;

/** Columns as wide as their widest cell, comma and a space behind it. */
function printTable(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map((cell, at) => (at < row.length - 1 ? `${cell},` : String(cell))));
  const widths = (cells[0] ?? []).map((_, at) =>
    Math.max(cellWidthMin, ...cells.map((row) => (row[at]?.length ?? 0) + 1)),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at] ?? 0) : cell)).join("");
  return `${cells.map(line).join("\n")}\n`;
}
