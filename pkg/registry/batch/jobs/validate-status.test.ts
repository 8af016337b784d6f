import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, JobCondition, JobSpec, JobStatus } from "#api/types/batch/v1";
import { sharedIndex } from "./indexes.ts";
import { validateJobStatus } from "./validate-status.ts";

const job = (status: JobStatus, spec: Partial<JobSpec> = {}): Job => ({
  metadata: { name: "j", namespace: "n" },
  spec: { template: { spec: { containers: [] } }, completionMode: "NonIndexed", ...spec },
  status,
});
const is = (...types: string[]): JobCondition[] => types.map((type) => ({ type, status: "True" }));
const [noon, later] = ["2026-01-01T12:00:00Z", "2026-01-01T12:00:01Z"];
const done: JobStatus = { startTime: noon, completionTime: later, conditions: is("SuccessCriteriaMet", "Complete") };
const indexed: Partial<JobSpec> = { completionMode: "Indexed", completions: 5, parallelism: 2 };

interface Row {
  readonly name: string;
  readonly old?: JobStatus;
  readonly next: JobStatus;
  readonly spec?: Partial<JobSpec>;
  readonly texts: readonly string[];
}

const rows: readonly Row[] = [
  { name: "a job ends well", next: done, texts: [] },
  { name: "a job fails", next: { startTime: noon, conditions: is("FailureTarget", "Failed") }, texts: [] },
  {
    name: "the end is announced",
    next: { ...done, conditions: is("Complete") },
    texts: ["Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition"],
  },
  {
    name: "the end has a time",
    next: { startTime: noon, conditions: is("SuccessCriteriaMet", "Complete") },
    texts: ["Required value: completionTime is required for Complete jobs"],
  },
  {
    name: "the end comes after the start",
    next: { ...done, startTime: later, completionTime: noon },
    texts: [`Invalid value: "${noon}": must be equal to or after \`startTime\``],
  },
  {
    name: "what is finished stays so",
    old: done,
    next: { ...done, conditions: is("SuccessCriteriaMet") },
    texts: [
      `Invalid value: "${later}": cannot set completionTime when there is no Complete=True condition`,
      "Invalid value: cannot disable the terminal Complete=True condition",
    ],
  },
  {
    name: "a finished job has no pods",
    next: { ...done, active: 1, terminating: 1, uncountedTerminatedPods: { succeeded: ["a"] } },
    texts: [
      "Invalid value: 1: active>0 is invalid for finished job",
      'Invalid value: {"Succeeded":["a"],"Failed":null}: must be empty for finished job',
      "Invalid value: 1: terminating>0 is invalid for finished job",
    ],
  },
  {
    name: "nobody has said how many are ready",
    next: { active: -1 },
    texts: ["Invalid value: -1: must be greater than or equal to 0"],
  },
  {
    name: "what was wrong before is not asked again",
    old: { active: 1, ready: 2 },
    next: { active: 1, ready: 2, failed: 1 },
    texts: [],
  },
  {
    name: "counters grow",
    old: { failed: 2, succeeded: 2 },
    next: { failed: 1, succeeded: 1 },
    texts: [
      "Invalid value: 1: cannot decrease the failed counter",
      "Invalid value: 1: cannot decrease the succeeded counter",
    ],
  },
  {
    name: "unless the job shrinks",
    old: { succeeded: 2 },
    next: { succeeded: 1 },
    spec: { ...indexed, parallelism: 5 },
    texts: [],
  },
  {
    name: "indexes of a job without indexes",
    next: { completedIndexes: "0" },
    texts: ['Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode'],
  },
  {
    name: "indexes that overlap or are too large",
    next: { completedIndexes: "0-2", failedIndexes: "2,7" },
    spec: { ...indexed, backoffLimitPerIndex: 1 },
    texts: [
      'Invalid value: "2,7": error parsing failedIndexes: too large index: "7"',
      'Invalid value: "2,7": failedIndexes and completedIndexes overlap at index: 2',
    ],
  },
  {
    name: "the start moves when a job is resumed",
    old: { startTime: noon, conditions: is("Suspended") },
    next: { startTime: later, conditions: [{ type: "Suspended", status: "False" }] },
    texts: [],
  },
  {
    name: "and not otherwise",
    old: { startTime: noon },
    next: { startTime: later },
    texts: ["Required value: startTime cannot be removed for unsuspended job"],
  },
  {
    name: "a pod is counted once",
    next: { uncountedTerminatedPods: { succeeded: ["a"], failed: ["a", ""] } },
    texts: ['Duplicate value: "a"', 'Invalid value: "": must not be empty'],
  },
];

for (const { name, old = {}, next, spec, texts } of rows) {
  test(`job status: ${name}`, () => {
    const errors = validateJobStatus(job(next, spec), job(old, spec));
    assert.deepEqual(
      errors.map(({ detail }) => detail),
      texts,
    );
  });
}

const overlaps: readonly [a: string, b: string, shared: number | undefined][] = [
  ["0-3,7", "4-6,8", undefined],
  ["0-3,7", "5,7-9", 7],
  ["0,x,4", "4", 4],
  ["", "4", undefined],
];
for (const [a, b, shared] of overlaps) {
  test(`indexes shared by ${a} and ${b}`, () => assert.equal(sharedIndex(a, b, 10), shared));
}
