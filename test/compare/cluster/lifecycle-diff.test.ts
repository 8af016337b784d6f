/** A comparison that lets a wrong answer pass is worth nothing: wrong ones are put in here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareFacts } from "./lifecycle-diff.ts";
import { factsOf, type WatchRecord } from "./lifecycle-facts.ts";

const pod = (phase: string, type = "MODIFIED", name = "p"): WatchRecord => ({
  kind: "pods",
  type,
  object: { metadata: { name, uid: name }, status: { phase } },
});
const event = (reason: string): WatchRecord => ({
  kind: "events",
  type: "ADDED",
  object: {
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "p" },
    type: "Normal",
    reason,
    message: "m",
    reportingComponent: "kubelet",
  },
});
const recorded = [pod("Pending", "ADDED"), event("Pulled"), event("Started"), pod("Running"), pod("Succeeded")];

const cases: readonly { name: string; run: readonly WatchRecord[]; differs: readonly string[] }[] = [
  { name: "the same", run: recorded, differs: [] },
  { name: "a moment was not seen", run: recorded.filter((one) => one !== recorded[3]), differs: [] },
  { name: "another end", run: [...recorded.slice(0, 4), pod("Failed")], differs: ["pods p: .status.phase"] },
  {
    name: "another order",
    run: [pod("Running", "ADDED"), pod("Pending"), event("Pulled"), event("Started"), pod("Succeeded")],
    differs: ["pods p: .status.phase"],
  },
  {
    name: "an Event is missing",
    run: recorded.filter((one) => one !== recorded[2]),
    differs: ["events of Pod p : kubelet"],
  },
  { name: "one Event more", run: [...recorded, event("Killing")], differs: ["events of Pod p : kubelet"] },
  {
    name: "one pod more",
    run: [...recorded, pod("Pending", "ADDED", "q")],
    differs: ["pods q: .metadata.name", "pods q: .status.phase", "pods q: watched"],
  },
];

for (const { name, run, differs } of cases) {
  test(`lifecycles: ${name}`, () => {
    const { differences } = compareFacts(factsOf(recorded), factsOf(run));
    assert.deepEqual(
      differences.map(({ path }) => path),
      differs,
    );
  });
}
