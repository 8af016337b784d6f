import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod, Taint, Toleration } from "#api/types/core/v1";
import { evictionTime } from "./eviction-plan.ts";
import { lostConditions, plannedTaints } from "./plan.ts";

const node = (ready: string | undefined, taints: Taint[] = [], unschedulable = false): Node => ({
  metadata: { name: "n", creationTimestamp: "2026-01-01T00:00:00Z" },
  spec: { taints, ...(unschedulable ? { unschedulable } : {}) },
  status: ready ? { conditions: [{ type: "Ready", status: ready }] } : {},
});
const soft: Taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
const show = (taints: Taint[] | undefined) =>
  taints?.map((t) => `${t.key.replace("node.kubernetes.io/", "")}:${t.effect}`);

for (const { name, of, is } of [
  { name: "ready without taints", of: node("True"), is: undefined },
  { name: "ready: the taint of admission goes", of: node("True", [soft]), is: [] },
  { name: "never reported: it stays", of: node(undefined, [soft]), is: undefined },
  { name: "not ready", of: node("False"), is: ["not-ready:NoSchedule", "not-ready:NoExecute"] },
  { name: "lost", of: node("Unknown", [soft]), is: ["unreachable:NoSchedule", "unreachable:NoExecute"] },
  { name: "cordoned", of: node("True", [], true), is: ["unschedulable:NoSchedule"] },
  {
    name: "others' taints stay",
    of: node("True", [{ key: "mine", effect: "NoExecute" }, soft]),
    is: ["mine:NoExecute"],
  },
]) {
  test(`taints: ${name}`, () => assert.deepEqual(show(plannedTaints(of, "2026-01-01T00:00:00Z")), is));
}

test("a lost node's conditions become unknown once", () => {
  const lost = lostConditions(node("True"), "2026-01-01T00:01:00Z");
  assert.deepEqual(
    lost?.map((c) => c.status),
    ["Unknown", "Unknown", "Unknown", "Unknown"],
  );
  assert.equal(lost?.[0]?.reason, "NodeStatusUnknown");
  const again = node("Unknown");
  again.status = { conditions: lost ?? [] };
  assert.equal(lostConditions(again, "2026-01-01T00:02:00Z"), undefined);
});

const gone: Taint = { key: "node.kubernetes.io/unreachable", effect: "NoExecute", timeAdded: "1970-01-01T00:00:10Z" };
const pod = (...tolerations: Toleration[]): Pod => ({ metadata: { name: "p" }, spec: { containers: [], tolerations } });

for (const { name, of, is } of [
  { name: "no toleration: at once", of: pod(), is: 20_000 },
  { name: "for ever", of: pod({ operator: "Exists" }), is: undefined },
  { name: "after its seconds", of: pod({ key: gone.key, operator: "Exists", tolerationSeconds: 300 }), is: 310_000 },
]) {
  test(`eviction: ${name}`, () => assert.equal(evictionTime(of, [gone], 20_000), is));
}
