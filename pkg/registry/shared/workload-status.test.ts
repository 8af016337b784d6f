import assert from "node:assert/strict";
import { test } from "node:test";
import {
  daemonSetStatus,
  deploymentStatus,
  replicaSetStatus,
  type StatusRules,
  statefulSetStatus,
  workloadStatusErrors,
} from "./workload-status.ts";

const rows: readonly [name: string, rules: StatusRules, next: object, old: object, errors: readonly string[]][] = [
  ["all is well", deploymentStatus, { replicas: 2, readyReplicas: 2, availableReplicas: 1 }, {}, []],
  [
    "below zero",
    deploymentStatus,
    { unavailableReplicas: -1 },
    {},
    ["status.unavailableReplicas: Invalid value: -1: must be greater than or equal to 0"],
  ],
  [
    "a part larger than the whole",
    replicaSetStatus,
    { replicas: 1, fullyLabeledReplicas: 2 },
    {},
    ["status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas"],
  ],
  [
    "available and not ready",
    deploymentStatus,
    { replicas: 2, availableReplicas: 1 },
    {},
    ["status.availableReplicas: Invalid value: 1: cannot be greater than readyReplicas"],
  ],
  [
    "the same of a stateful set",
    statefulSetStatus,
    { replicas: 2, availableReplicas: 1 },
    {},
    ["status.availableReplicas: Invalid value: 1: cannot be greater than status.readyReplicas"],
  ],
  [
    "fewer collisions",
    daemonSetStatus,
    {},
    { collisionCount: 1 },
    ["status.collisionCount: Invalid value: 0: cannot be decremented"],
  ],
  ["a daemon set's numbers are no parts", daemonSetStatus, { numberReady: 3 }, {}, []],
];
for (const [name, rules, next, old, errors] of rows) {
  test(`status of a workload: ${name}`, () => {
    assert.deepEqual(
      workloadStatusErrors(next, old, rules).map(({ field, detail }) => `${field}: ${detail}`),
      errors,
    );
  });
}
