/** The checker itself: a history of a few changes with true answers passes, and each deliberate fault is caught. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOperations } from "./model/checker.ts";
import { type Change, History, type Seen, type Value } from "./model/history.ts";
import type { Operation, WatchLog } from "./model/operations.ts";
import { checkWatches } from "./model/watch-checker.ts";

const value = (uid: string, color: string, data: Record<string, string>): Value => ({ uid, color, data });

const made = value("u1", "red", { writer: "c1" });
const updated = value("u1", "blue", { writer: "p1" });
const patched = value("u1", "blue", { writer: "m1", slot: "m1" });
const other = value("u2", "red", { writer: "c2" });
const again = value("u3", "red", { writer: "c3" });

const changes: Change[] = [
  { revision: 10, key: "n/a", value: made },
  { revision: 11, key: "n/a", value: updated },
  { revision: 12, key: "n/b", value: other },
  { revision: 13, key: "n/a", value: patched },
  { revision: 14, key: "n/a", value: undefined },
  { revision: 15, key: "n/a", value: again },
];

const seen = (key: string, revision: number, of: Value): Seen => ({ ...of, key, revision });
const done = (key: string, revision: number, of: Value) => ({ kind: "done", seen: seen(key, revision, of) }) as const;
const latest = { kind: "latest" } as const;

/** One after the other, ten milliseconds each, but for `p1` and `c2`, which overlap. */
const operations: readonly Operation[] = [
  { id: "c1", begin: 0, end: 10, kind: "create", key: "n/a", result: done("n/a", 10, made) },
  {
    id: "p1",
    begin: 20,
    end: 45,
    kind: "update",
    key: "n/a",
    expected: 10,
    same: false,
    result: done("n/a", 11, updated),
  },
  { id: "c2", begin: 21, end: 40, kind: "create", key: "n/b", result: done("n/b", 12, other) },
  {
    id: "g1",
    begin: 50,
    end: 60,
    kind: "get",
    key: "n/a",
    mode: latest,
    result: { kind: "found", seen: seen("n/a", 11, updated) },
  },
  { id: "u1", begin: 60, end: 65, kind: "update", key: "n/a", expected: 10, same: false, result: { kind: "conflict" } },
  {
    id: "s1",
    begin: 61,
    end: 66,
    kind: "update",
    key: "n/a",
    expected: 11,
    same: true,
    result: done("n/a", 11, updated),
  },
  {
    id: "m1",
    begin: 70,
    end: 80,
    kind: "patch",
    key: "n/a",
    data: { writer: "m1", slot: "m1" },
    color: undefined,
    result: done("n/a", 13, patched),
  },
  {
    id: "l1",
    begin: 82,
    end: 84,
    kind: "list",
    namespace: "n",
    color: undefined,
    mode: latest,
    result: { kind: "found", revision: 13, items: [seen("n/a", 13, patched), seen("n/b", 12, other)] },
  },
  {
    id: "l2",
    begin: 85,
    end: 86,
    kind: "list",
    namespace: "n",
    color: "red",
    mode: { kind: "exact", revision: 10 },
    result: { kind: "found", revision: 10, items: [seen("n/a", 10, made)] },
  },
  { id: "d1", begin: 90, end: 100, kind: "delete", key: "n/a", uid: "u1", result: { kind: "done", uid: "u1" } },
  { id: "g2", begin: 102, end: 104, kind: "get", key: "n/a", mode: latest, result: { kind: "missing" } },
  { id: "c3", begin: 110, end: 120, kind: "create", key: "n/a", result: done("n/a", 15, again) },
  { id: "c4", begin: 130, end: 140, kind: "create", key: "n/a", result: { kind: "exists" } },
  {
    id: "l3",
    begin: 150,
    end: 160,
    kind: "list",
    namespace: "n",
    color: undefined,
    mode: { kind: "exact", revision: 9 },
    result: { kind: "expired" },
  },
];

const compactions = { before: (end: number) => (end > 145 ? 12 : 0) };

const check = (edit: (operations: Operation[]) => void, history: readonly Change[] = changes): string[] => {
  const edited = structuredClone(operations) as Operation[];
  edit(edited);
  return checkOperations({ history: new History(history), operations: edited, compactions });
};

/** Changes members of the operation of this name. */
const change = (id: string, members: Record<string, unknown>) => (edited: Operation[]) => {
  Object.assign(edited.find((operation) => operation.id === id) ?? assert.fail(id), members);
};

test("a true account passes", () => {
  assert.deepEqual(
    check(() => {}),
    [],
  );
});

test("each false answer is caught", () => {
  const rows: [name: string, wrong: RegExp, edit: (edited: Operation[]) => void][] = [
    ["a stale read", /g1 .*replaced at 11/, change("g1", { result: { kind: "found", seen: seen("n/a", 10, made) } })],
    [
      "a read of what was never written",
      /g1 .*is said to be/,
      change("g1", { result: { kind: "found", seen: seen("n/a", 11, made) } }),
    ],
    [
      "a read of the future",
      /g1 .*after the answer/,
      change("g1", { result: { kind: "found", seen: seen("n/a", 13, patched) } }),
    ],
    ["an object that is said to be missing", /g1 .*refused as missing/, change("g1", { result: { kind: "missing" } })],
    [
      "a write that was lost",
      /c2 .*nothing was committed/,
      change("c2", { result: done("n/c", 12, other), key: "n/c" }),
    ],
    ["a write of other content", /p1 .*is said to be/, change("p1", { result: done("n/a", 11, made) })],
    ["an update over somebody else's", /p1 .*replaced 10, and expected 9/, change("p1", { expected: 9 })],
    ["a conflict without a reason", /u1 .*refused as changed/, change("u1", { expected: 11 })],
    [
      "nothing changed in an old state",
      /s1 .*being at 10/,
      change("s1", { expected: 10, result: done("n/a", 10, made) }),
    ],
    [
      "a patch that lost a field",
      /m1 .*should have made/,
      change("m1", { data: { writer: "m1", slot: "m1", more: "m1" } }),
    ],
    ["a creation over an object", /c3 .*existed/, change("c3", { begin: 60, result: done("n/a", 13, patched) })],
    ["an existing object that was none", /c4 .*refused as existing/, change("c4", { key: "n/z" })],
    ["a deletion of nothing", /d1 .*was not deleted/, change("d1", { uid: "u2", result: { kind: "done", uid: "u2" } })],
    [
      "two deletions of one object",
      /d2 .*deleted by d1 too/,
      (edited) =>
        edited.push({
          id: "d2",
          begin: 90,
          end: 99,
          kind: "delete",
          key: "n/a",
          uid: undefined,
          result: { kind: "done", uid: "u1" },
        }),
    ],
    [
      "a list without an object",
      /l1 .*item 1 is nothing/,
      change("l1", { result: { kind: "found", revision: 13, items: [seen("n/a", 13, patched)] } }),
    ],
    [
      "a list out of order",
      /l1 .*item 0/,
      change("l1", {
        result: { kind: "found", revision: 13, items: [seen("n/b", 12, other), seen("n/a", 13, patched)] },
      }),
    ],
    [
      "an old list",
      /l1 .*too old/,
      change("l1", {
        result: { kind: "found", revision: 12, items: [seen("n/a", 11, updated), seen("n/b", 12, other)] },
      }),
    ],
    [
      "a list of another revision",
      /l2 .*not of 10/,
      change("l2", { result: { kind: "found", revision: 11, items: [] } }),
    ],
    ["what a selector should not show", /l2 .*item 0/, change("l2", { color: "blue" })],
    ["history that is not lost", /l3 .*said to be lost/, change("l3", { mode: { kind: "exact", revision: 13 } })],
    ["history lost too early", /l3 .*said to be lost/, change("l3", { end: 142 })],
  ];
  for (const [name, wrong, edit] of rows) {
    const found = check(edit);
    assert.ok(
      found.some((line) => wrong.test(line)),
      `${name}: ${JSON.stringify(found)}`,
    );
  }
});

test("a write that nobody asked for, and one that was made twice", () => {
  const phantom = { revision: 16, key: "n/x", value: value("u9", "red", { writer: "nobody" }) };
  assert.match(check(() => {}, [...changes, phantom]).join("\n"), /was written by nobody/);
  const twice = { revision: 16, key: "n/b", value: other };
  assert.match(check(() => {}, [...changes, twice]).join("\n"), /c2 was written twice, at 12 and at 16/);
});

const event = (type: "ADDED" | "MODIFIED" | "DELETED", revision: number, of: Value, key = "n/a") =>
  ({ type, seen: seen(key, revision, of) }) as const;

const all = [
  event("MODIFIED", 11, updated),
  event("ADDED", 12, other, "n/b"),
  event("MODIFIED", 13, patched),
  event("DELETED", 14, patched),
  event("ADDED", 15, again),
];

const log: WatchLog = {
  name: "w",
  namespace: "n",
  color: undefined,
  after: 10,
  initial: undefined,
  events: all,
  bookmark: 0,
  expired: false,
  live: true,
};

const watched = (members: Partial<WatchLog>, compacted = 0): string =>
  checkWatches({ history: new History(changes), compacted, watches: [{ ...log, ...members }] }).join("\n");

test("true watches pass", () => {
  const initial = { items: [seen("n/b", 12, other), seen("n/a", 13, patched)], revision: 13 };
  const rows: [name: string, members: Partial<WatchLog>][] = [
    ["everything", {}],
    ["cut in the middle", { events: all.slice(0, 2), live: false }],
    ["a state first", { after: undefined, initial, events: all.slice(3) }],
    ["cut before its state came", { after: undefined, events: all.slice(3), live: false }],
    [
      "a selector",
      {
        color: "red",
        events: [event("DELETED", 11, made), event("ADDED", 12, other, "n/b"), event("ADDED", 15, again)],
      },
    ],
    ["a bookmark behind all", { bookmark: 99 }],
  ];
  for (const [name, members] of rows) assert.equal(watched(members), "", name);
  assert.equal(watched({ events: [], expired: true }, 12), "");
});

test("each false watch is caught", () => {
  const short = { items: [seen("n/a", 13, patched)], revision: 13 };
  const rows: [name: string, wrong: RegExp, members: Partial<WatchLog>][] = [
    ["a gap", /event 1 is MODIFIED n\/a@13.*should be ADDED n\/b@12/, { events: all.filter((_, i) => i !== 1) }],
    ["twice", /event 1 is MODIFIED n\/a@11/, { events: [all[0], ...all] as never }],
    ["out of order", /event 0/, { events: [all[1], all[0], ...all.slice(2)] as never }],
    ["an event of nothing", /event 5 .*should be none/, { events: [...all, event("MODIFIED", 16, other, "n/b")] }],
    ["another state", /event 0/, { events: [event("MODIFIED", 11, made), ...all.slice(1)] }],
    ["another type", /event 0/, { events: [event("ADDED", 11, updated), ...all.slice(1)] }],
    ["the end is missing", /never told ADDED n\/a@15/, { events: all.slice(0, 4) }],
    ["a bookmark too early", /bookmark at 14/, { events: all.slice(0, 2), bookmark: 14, live: false }],
    ["a state without an object", /the state at 13/, { after: undefined, initial: short, events: all.slice(3) }],
    ["history that is not lost", /said|told that history is lost/, { expired: true }],
  ];
  for (const [name, wrong, members] of rows) assert.match(watched(members), wrong, name);
});
