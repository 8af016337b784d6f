import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobSpec, JobStatus } from "#api/types/batch/v1";
import type { Pod } from "#api/types/core/v1";
import { parseIndexes, printIndexes } from "./indexes.ts";
import { plan } from "./plan.ts";
import { trackingFinalizer } from "./pods.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const job = (spec: Partial<JobSpec>, status: JobStatus = {}): Job => ({
  metadata: { name: "j", namespace: "d", uid: "u" },
  spec: {
    parallelism: 1,
    completions: 1,
    backoffLimit: 6,
    completionMode: "NonIndexed",
    suspend: false,
    template: { spec: { containers: [], restartPolicy: "Never" } },
    ...spec,
  },
  status,
});
const pod = (
  uid: string,
  phase: string,
  facts: { index?: number; tracked?: boolean; endedSecondsAgo?: number } = {},
): Pod => ({
  metadata: {
    name: uid,
    uid,
    ...(facts.tracked === false ? {} : { finalizers: [trackingFinalizer] }),
    ...(facts.index === undefined
      ? {}
      : { annotations: { "batch.kubernetes.io/job-completion-index": String(facts.index) } }),
  },
  spec: { containers: [] },
  status: {
    phase,
    containerStatuses: [
      {
        name: "c",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state:
          phase === "Running"
            ? {}
            : {
                terminated: {
                  exitCode: 0,
                  finishedAt: new Date(now - (facts.endedSecondsAgo ?? 60) * 1000).toISOString(),
                },
              },
      },
    ],
  } as NonNullable<Pod["status"]>,
});
const announced = { type: "SuccessCriteriaMet", status: "True", reason: "CompletionsReached", message: "" };

for (const { name, of, pods, is } of [
  { name: "a new job makes its pod", of: job({}), pods: [], is: { create: 1, active: 1 } },
  {
    name: "as many as may run at once",
    of: job({ parallelism: 3, completions: 5 }),
    pods: [pod("a", "Running")],
    is: { create: 2, active: 3 },
  },
  {
    name: "not more than are still needed",
    of: job({ parallelism: 3, completions: 5 }, { succeeded: 4 }),
    pods: [],
    is: { create: 1, active: 1, succeeded: 4 },
  },
  {
    name: "too many are removed",
    of: job({ parallelism: 1, completions: 5 }),
    pods: [pod("a", "Running"), pod("b", "Running")],
    is: { remove: 1, active: 1 },
  },
  {
    name: "an ended pod is put on record first",
    of: job({}),
    pods: [pod("a", "Succeeded")],
    is: { uncounted: ["a"], release: 1, conditions: ["SuccessCriteriaMet"] },
  },
  {
    name: "without its finalizer it is counted, and the job is complete",
    of: job({}, { conditions: [announced], uncountedTerminatedPods: { succeeded: ["a"] } }),
    pods: [pod("a", "Succeeded", { tracked: false })],
    is: { succeeded: 1, conditions: ["SuccessCriteriaMet", "Complete"] },
  },
  {
    name: "a failure is followed by a pause",
    of: job({}),
    pods: [pod("a", "Failed", { endedSecondsAgo: 4 })],
    is: { uncountedFailed: ["a"], release: 1, againMs: 6000 },
  },
  {
    name: "after the pause by another pod",
    of: job({}, { failed: 1 }),
    pods: [pod("a", "Failed", { tracked: false, endedSecondsAgo: 11 })],
    is: { create: 1, active: 1, failed: 1 },
  },
  {
    name: "too many failures end it",
    of: job({ backoffLimit: 0 }),
    pods: [pod("a", "Failed")],
    is: { uncountedFailed: ["a"], release: 1, conditions: ["FailureTarget"] },
  },
  {
    name: "a suspended job removes its pods",
    of: job({ suspend: true }),
    pods: [pod("a", "Running")],
    is: { remove: 1, conditions: ["Suspended"] },
  },
  {
    name: "indexes that are done are not made again",
    of: job({ completionMode: "Indexed", completions: 3, parallelism: 3 }),
    pods: [pod("a", "Succeeded", { index: 1 })],
    is: { create: 2, indexes: [0, 2], active: 2, release: 1, completed: "1", succeeded: 1 },
  },
]) {
  test(name, () => {
    const result = plan(of, pods, now);
    const { status } = result;
    const seen = {
      create: result.create.length,
      indexes: result.create.map(({ index }) => index).filter((i) => i !== undefined),
      remove: result.remove.length,
      release: result.release.length,
      active: status.active ?? 0,
      succeeded: status.succeeded ?? 0,
      failed: status.failed ?? 0,
      completed: status.completedIndexes ?? "",
      uncounted: status.uncountedTerminatedPods?.succeeded ?? [],
      uncountedFailed: status.uncountedTerminatedPods?.failed ?? [],
      conditions: status.conditions?.map((c) => c.type) ?? [],
      againMs: result.againMs ?? 0,
    };
    const none = {
      create: 0,
      indexes: [],
      remove: 0,
      release: 0,
      active: 0,
      succeeded: 0,
      failed: 0,
      completed: "",
      uncounted: [],
      uncountedFailed: [],
      conditions: [],
      againMs: 0,
    };
    assert.deepEqual(seen, { ...none, ...is });
  });
}

test("index sets", () => {
  assert.equal(printIndexes(new Set([5, 0, 1, 2, 7, 8])), "0-2,5,7,8");
  assert.deepEqual([...parseIndexes("0-2,5")], [0, 1, 2, 5]);
  assert.deepEqual([...parseIndexes("")], []);
});
