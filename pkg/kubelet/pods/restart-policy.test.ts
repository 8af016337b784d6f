import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, ContainerStatus, Pod } from "#api/types/core/v1";
import { phaseOf } from "../status/phase.ts";
import { mayRunAgain, restartsAfter } from "./restart-policy.ts";

type Policy = "Always" | "OnFailure" | "Never";
const rule = (operator: string, values: number[]) => ({ action: "Restart", exitCodes: { operator, values } });
const podOf = (policy: Policy, container: Partial<Container> = {}): Pod =>
  ({ metadata: {}, spec: { restartPolicy: policy, containers: [{ name: "c", ...container }] } }) as Pod;

const rows: [name: string, policy: Policy, container: Partial<Container>, codes: number[], again: number[]][] = [
  ["the pod's Always", "Always", {}, [0, 1], [0, 1]],
  ["the pod's OnFailure", "OnFailure", {}, [0, 1], [1]],
  ["the pod's Never", "Never", {}, [0, 1], []],
  ["its own Never", "Always", { restartPolicy: "Never" }, [0, 1], []],
  ["its own OnFailure", "Never", { restartPolicy: "OnFailure" }, [0, 1], [1]],
  ["its own Always", "Never", { restartPolicy: "Always" }, [0, 1], [0, 1]],
  [
    "a rule of codes",
    "Never",
    { restartPolicy: "Never", restartPolicyRules: [rule("In", [42, 43])] },
    [0, 1, 42, 43],
    [42, 43],
  ],
  [
    "a rule of other codes",
    "Never",
    { restartPolicy: "Never", restartPolicyRules: [rule("NotIn", [0, 1])] },
    [0, 1, 2],
    [2],
  ],
  [
    "its policy behind its rules",
    "Never",
    { restartPolicy: "OnFailure", restartPolicyRules: [rule("In", [0])] },
    [0, 1],
    [0, 1],
  ],
];

for (const [name, policy, container, codes, again] of rows) {
  const pod = podOf(policy, container);
  test(`a container that ended: ${name}`, () => {
    const regular = { container: pod.spec.containers[0] as Container, kind: "regular" as const };
    assert.deepEqual(
      codes.filter((code) => restartsAfter(pod, regular, code)),
      again,
    );
    assert.equal(mayRunAgain(pod), again.length > 0);
  });
  test(`the pod's phase meanwhile: ${name}`, () => {
    for (const exitCode of codes) {
      const statuses = [{ name: "c", state: { terminated: { exitCode } } }] as ContainerStatus[];
      const phase = again.includes(exitCode) ? "Running" : exitCode === 0 ? "Succeeded" : "Failed";
      assert.equal(phaseOf(pod, { initStatuses: [], statuses, terminal: false }), phase, `exit code ${exitCode}`);
    }
  });
}

test("a plain init container that succeeded is done; one that failed waits for its next run, or fails the pod", () => {
  for (const [policy, exitCode, phase] of [
    ["Always", 0, "Pending"],
    ["Always", 1, "Pending"],
    ["OnFailure", 1, "Pending"],
    ["Never", 1, "Failed"],
  ] as const) {
    const pod = podOf(policy);
    pod.spec.initContainers = [{ name: "i" } as Container];
    const initStatuses = [{ name: "i", state: { terminated: { exitCode } } }] as ContainerStatus[];
    const statuses = [{ name: "c", state: { waiting: { reason: "PodInitializing" } } }] as ContainerStatus[];
    assert.equal(phaseOf(pod, { initStatuses, statuses, terminal: false }), phase, `${policy} ${exitCode}`);
    assert.equal(restartsAfter(pod, { container: { name: "i" } as Container, kind: "init" }, 0), false);
  }
});
