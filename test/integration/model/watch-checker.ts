/** A watch is told exactly what was committed behind its position, in order, as its selector shows it. */
import type { CheckInput } from "./checker.ts";
import { differentLists } from "./checker.ts";
import { type Change, type History, printValue, type Value } from "./history.ts";
import type { WatchEvent, WatchLog } from "./operations.ts";

export interface WatchCheckInput extends Pick<CheckInput, "history"> {
  /** The highest revision that etcd was asked to forget in the whole run. */
  readonly compacted: number;
  /** Whether a watch may lose its place without a compaction of its revision (etcd was cut off while another was). */
  readonly watches: readonly WatchLog[];
}

export const checkWatches = ({ history, compacted, watches }: WatchCheckInput): string[] =>
  watches.flatMap((log) => {
    const wrong = problem(log, history, compacted);
    return wrong === undefined ? [] : [`watch ${log.name}: ${wrong}`];
  });

function problem(log: WatchLog, history: History, compacted: number): string | undefined {
  if (log.initial) {
    const state = history.stateAt(log.initial.revision, log.namespace);
    const shown = log.color === undefined ? state : state.filter(({ color }) => color === log.color);
    const wrong = differentLists(
      log.initial.items.toSorted((a, b) => (a.key < b.key ? -1 : 1)),
      shown,
    );
    if (wrong) return `the state at ${log.initial.revision}: ${wrong}`;
  }
  const after = log.initial?.revision ?? log.after;
  // Cut before its state was complete: what came so far says nothing.
  if (after === undefined) return undefined;
  if (log.expired && compacted === 0) return "it was told that history is lost, and nobody has compacted it";
  const wanted = expectedEvents(log, history, after);
  for (const [i, event] of log.events.entries()) {
    const found = print(event);
    const expected = wanted[i];
    if (found !== expected?.text) return `event ${i} is ${found}, and should be ${expected?.text ?? "none"}`;
  }
  const next = wanted[log.events.length];
  if (next && next.revision <= log.bookmark) return `a bookmark at ${log.bookmark} came before ${next.text}`;
  return next && log.live && !log.expired ? `it was never told ${next.text}` : undefined;
}

const print = ({ type, seen }: WatchEvent): string => `${type} ${seen.key}@${seen.revision} ${printValue(seen)}`;

interface Expected {
  readonly revision: number;
  readonly text: string;
}

function expectedEvents({ namespace, color }: WatchLog, history: History, after: number): Expected[] {
  const expected: Expected[] = [];
  for (const change of history.changes) {
    if (change.revision <= after || !change.key.startsWith(`${namespace}/`)) continue;
    const event = eventOf(change, history.at(change.key, change.revision - 1).value, color);
    if (event) expected.push({ revision: change.revision, text: print(event) });
  }
  return expected;
}

/** How a change looks through a label selector. */
function eventOf({ key, revision, value }: Change, previous: Value | undefined, color: string | undefined) {
  const shows = (one: Value | undefined): one is Value =>
    one !== undefined && (color === undefined || one.color === color);
  const seen = (one: Value) => ({ ...one, key, revision });
  if (shows(value)) return { type: shows(previous) ? "MODIFIED" : "ADDED", seen: seen(value) } as const;
  return shows(previous) ? ({ type: "DELETED", seen: seen(previous) } as const) : undefined;
}
