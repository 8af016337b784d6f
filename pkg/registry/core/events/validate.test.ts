import assert from "node:assert/strict";
import { test } from "node:test";
import type { Event } from "#api/types/core/v1";
import { eventBasics, validateNewerEvent, validateNewerEventUpdate } from "./validate.ts";

const time = "2026-01-02T03:04:05.000006Z";
const event = (more: Partial<Event>): Event => ({
  metadata: { name: "e", namespace: "default" },
  involvedObject: { kind: "Pod", name: "p", namespace: "default" },
  reason: "R",
  type: "Normal",
  ...more,
});
const newer = (more: Partial<Event> = {}): Event =>
  event({ eventTime: time, action: "A", reportingComponent: "c", reportingInstance: "i", ...more });
const said = (errors: Iterable<{ field: string; detail: string }>): string[] =>
  [...errors].map(({ field, detail }) => `${field}: ${detail}`);

test("where an event may be", () => {
  const about = (namespace?: string): Event["involvedObject"] => ({
    kind: "Node",
    ...(namespace ? { namespace } : {}),
  });
  const within = (namespace: string, more: Partial<Event>) => ({ ...event(more), metadata: { name: "e", namespace } });
  const rows: [name: string, of: Event, isWrong: boolean][] = [
    ["with its object", within("a", { involvedObject: about("a") }), false],
    ["elsewhere", within("a", { involvedObject: about("b") }), true],
    ["of the cluster, in default", within("default", { involvedObject: about() }), false],
    ["of the cluster, elsewhere", within("kube-system", { involvedObject: about() }), true],
    [
      "a newer one of the cluster, in kube-system",
      { ...newer({ involvedObject: about() }), metadata: { name: "e", namespace: "kube-system" } },
      false,
    ],
    [
      "a newer one, elsewhere than its object",
      { ...newer({ involvedObject: about("b") }), metadata: { name: "e", namespace: "a" } },
      false,
    ],
  ];
  for (const [name, of, isWrong] of rows) {
    assert.equal(said(eventBasics(of, "reportingComponent")).length > 0, isWrong, name);
  }
});

test("what the newer group refuses", () => {
  assert.deepEqual(said(validateNewerEvent(newer())), []);
  assert.deepEqual(said(validateNewerEvent(newer({ count: 1, source: { host: "h" }, series: { count: 1 } }))), [
    'series.count: Invalid value: "": should be at least 2',
    "series.lastObservedTime: Required value",
    'count: Invalid value: "": needs to be unset',
    'source: Invalid value: "": needs to be unset',
  ]);
  assert.deepEqual(said(validateNewerEvent(newer({ message: "x".repeat(1025) }))), [
    'message: Invalid value: "": can have at most 1024 characters',
  ]);
});

test("only the series may change", () => {
  const series = { count: 2, lastObservedTime: time };
  assert.deepEqual(said(validateNewerEventUpdate(newer({ series }), newer())), []);
  assert.deepEqual(said(validateNewerEventUpdate(newer({ message: "m", count: 3 }), newer())), [
    'message: Invalid value: "m": field is immutable',
    "count: Invalid value: 3: field is immutable",
  ]);
});
