import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodStatus } from "#api/types/core/v1";
import { claimNameOf } from "#pkg/apimachinery/devices/pod-claims.ts";
import { claimFromTemplate, isDone } from "./plan.ts";

const pod = (name: string, status: PodStatus = {}, more: object = {}): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "n", uid: "1", ...more },
  spec: { containers: [] },
  status,
});

test("where the claim of a pod is", () => {
  const fromTemplate = { name: "c", resourceClaimTemplateName: "t" };
  const told = (resourceClaimName?: string) =>
    pod("p", { resourceClaimStatuses: [{ name: "c", ...(resourceClaimName ? { resourceClaimName } : {}) }] });
  assert.deepEqual(claimNameOf(pod("p"), { name: "c", resourceClaimName: "x" }), {
    kind: "named",
    name: "x",
    isOwn: false,
  });
  assert.deepEqual(claimNameOf(pod("p"), fromTemplate), { kind: "unknown", template: "t" });
  assert.deepEqual(claimNameOf(told("y"), fromTemplate), { kind: "named", name: "y", isOwn: true });
  assert.deepEqual(claimNameOf(told(), fromTemplate), { kind: "none" });
});

test("names of claims show the pod and the claim, as long as there is room", () => {
  const nameOf = (podName: string, claim: string) =>
    claimFromTemplate({ metadata: {}, spec: { spec: {} } }, pod(podName), claim).metadata.generateName;
  assert.equal(nameOf("web", "gpu"), "web-gpu-");
  const long = nameOf("p".repeat(60), "c".repeat(30)) ?? "";
  assert.match(long, /^p{37}-c{18}$/);
});

test("pods that are done with their devices", () => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  assert.equal(isDone(pod("p", { phase: "Running" })), false);
  assert.equal(isDone(pod("p", { phase: "Failed" })), true);
  assert.equal(isDone(pod("p", {}, { deletionTimestamp })), true, "will never start");
  const bound = pod("p", { phase: "Running" }, { deletionTimestamp });
  assert.equal(isDone({ ...bound, spec: { ...bound.spec, nodeName: "n" } }), false);
});
