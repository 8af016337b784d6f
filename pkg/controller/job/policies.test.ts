import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobSpec, JobStatus } from "#api/types/batch/v1";
import type { Pod } from "#api/types/core/v1";
import { plan } from "./plan.ts";
import { trackingFinalizer } from "./pods.ts";
import { failureCountKey } from "./policies.ts";

const now = Date.parse("2026-01-01T00:10:00Z");

const job = (spec: Partial<JobSpec>, status: JobStatus = {}): Job => ({
  metadata: { name: "j", namespace: "d", uid: "u" },
  spec: {
    parallelism: 3,
    completions: 3,
    backoffLimit: 6,
    completionMode: "Indexed",
    template: { spec: { containers: [], restartPolicy: "Never" } },
    ...spec,
  },
  status,
});

interface Facts {
  readonly exitCode?: number;
  readonly failures?: number;
  readonly condition?: string;
  readonly endedSecondsAgo?: number;
}

const pod = (index: number, phase: string, facts: Facts = {}): Pod =>
  ({
    metadata: {
      name: `p${index}`,
      namespace: "d",
      uid: `p${index}`,
      finalizers: [trackingFinalizer],
      annotations: {
        "batch.kubernetes.io/job-completion-index": String(index),
        ...(facts.failures === undefined ? {} : { [failureCountKey]: String(facts.failures) }),
      },
    },
    spec: { containers: [] },
    status: {
      phase,
      conditions: facts.condition ? [{ type: facts.condition, status: "True" }] : [],
      containerStatuses:
        phase === "Running"
          ? []
          : [
              {
                name: "c",
                state: {
                  terminated: {
                    exitCode: facts.exitCode ?? 0,
                    finishedAt: new Date(now - (facts.endedSecondsAgo ?? 3600) * 1000).toISOString(),
                  },
                },
              },
            ],
    },
  }) as unknown as Pod;

const endOf = (of: Job, pods: readonly Pod[]) => {
  const { status } = plan(of, pods, now);
  const condition = status.conditions?.find(({ type }) => type === "FailureTarget" || type === "SuccessCriteriaMet");
  return condition ? `${condition.type}/${condition.reason}/${condition.message}` : undefined;
};

const onCode = (action: string, values: number[], operator = "In") => ({ action, onExitCodes: { operator, values } });
const policy = (...rules: object[]) => ({ podFailurePolicy: { rules } }) as Partial<JobSpec>;

test("an exit code may fail the job at once", () => {
  assert.equal(
    endOf(job(policy(onCode("FailJob", [42]))), [pod(0, "Failed", { exitCode: 42 })]),
    "FailureTarget/PodFailurePolicy/Container c for pod d/p0 failed with exit code 42 matching FailJob rule at index 0",
  );
});

test("another exit code does not", () => {
  assert.equal(endOf(job(policy(onCode("FailJob", [42]))), [pod(0, "Failed", { exitCode: 1 })]), undefined);
});

test("a disruption may be ignored: it counts for nothing", () => {
  const ignore = { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] };
  const of = job({ ...policy(ignore), backoffLimit: 0 });
  const pods = [pod(0, "Failed", { exitCode: 137, condition: "DisruptionTarget" })];
  assert.equal(endOf(of, pods), undefined);
  const { status, release } = plan(of, pods, now);
  assert.equal(status.uncountedTerminatedPods?.failed, undefined);
  assert.equal(release.length, 1);
});

test("an index that failed too often fails alone, and the others go on", () => {
  const of = job({ backoffLimitPerIndex: 1 });
  const { status, create } = plan(of, [pod(0, "Failed", { failures: 1, exitCode: 1 }), pod(1, "Succeeded")], now);
  assert.equal(status.failedIndexes, "0");
  assert.deepEqual(create, [{ index: 2, failures: 0 }]);
  assert.equal(endOf(of, [pod(0, "Failed", { failures: 1, exitCode: 1 })]), undefined);
});

test("an index waits before it is tried again, and remembers how often it failed", () => {
  const of = job({ backoffLimitPerIndex: 2, completions: 1, parallelism: 1 });
  const early = plan(of, [pod(0, "Failed", { exitCode: 1, endedSecondsAgo: 4 })], now);
  assert.deepEqual([early.create, early.againMs], [[], 6000]);
  const due = plan(of, [pod(0, "Failed", { exitCode: 1, endedSecondsAgo: 10 })], now);
  assert.deepEqual(due.create, [{ index: 0, failures: 1 }]);
});

test("a job whose indexes are all done or failed has failed", () => {
  const of = job({ backoffLimitPerIndex: 0 }, { completedIndexes: "1,2" });
  assert.equal(endOf(of, [pod(0, "Failed", { exitCode: 1 })]), "FailureTarget/FailedIndexes/Job has failed indexes");
});

test("more failed indexes than allowed end the job", () => {
  const of = job({ backoffLimitPerIndex: 0, maxFailedIndexes: 1 });
  const pods = [pod(0, "Failed", { exitCode: 1 }), pod(1, "Failed", { exitCode: 1 }), pod(2, "Running")];
  assert.match(endOf(of, pods) ?? "", /^FailureTarget\/MaxFailedIndexesExceeded\//);
  assert.equal(plan(of, pods, now).remove.length, 1);
});

test("a job may succeed before all indexes do", () => {
  const rules = [{ succeededIndexes: "0-1", succeededCount: 1 }];
  const pods = [pod(1, "Succeeded"), pod(0, "Running"), pod(2, "Running")];
  assert.equal(
    endOf(job({ successPolicy: { rules } }), pods),
    "SuccessCriteriaMet/SuccessPolicy/Matched rules at index 0",
  );
  assert.equal(endOf(job({ successPolicy: { rules: [{ succeededCount: 2 }] } }), pods), undefined);
});
