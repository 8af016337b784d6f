import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, Service } from "#api/types/core/v1";
import { subsetsOf } from "./plan.ts";

const service: Service = {
  metadata: { name: "s", namespace: "d" },
  spec: { ports: [{ name: "http", port: 80, targetPort: "web" }] },
};
const pod = (name: string, ip: string | undefined, ready: boolean, port = 8080): Pod => ({
  metadata: { name, namespace: "d", uid: name },
  spec: { containers: [{ name: "c", ports: [{ name: "web", containerPort: port }] }] },
  status: {
    phase: "Running",
    ...(ip ? { podIP: ip } : {}),
    conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
  },
});
const show = (pods: Pod[]) =>
  subsetsOf(service, pods).map((s) => [
    s.addresses?.map((a) => a.ip) ?? [],
    s.notReadyAddresses?.map((a) => a.ip) ?? [],
    s.ports?.map((p) => p.port) ?? [],
  ]);

test("ready and not ready addresses, by port", () => {
  assert.deepEqual(show([pod("b", "10.0.0.2", true), pod("a", "10.0.0.1", true), pod("c", "10.0.0.3", false)]), [
    [["10.0.0.1", "10.0.0.2"], ["10.0.0.3"], [8080]],
  ]);
  assert.deepEqual(show([pod("a", "10.0.0.1", true), pod("b", "10.0.0.2", true, 9090)]), [
    [["10.0.0.1"], [], [8080]],
    [["10.0.0.2"], [], [9090]],
  ]);
});

test("pods without an address, and those that ended, are left out", () => {
  const ended = pod("e", "10.0.0.9", true);
  ended.status = { ...ended.status, phase: "Succeeded" };
  assert.deepEqual(show([pod("a", undefined, true), ended]), []);
});
