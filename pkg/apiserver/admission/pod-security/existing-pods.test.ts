import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Pod, PodSpec } from "#api/types/core/v1";
import { noExemptions } from "./exemptions.ts";
import { checkMsMax, type ExistingPods, podsMax, warningsOfExisting } from "./existing-pods.ts";

const bad: PodSpec = { containers: [], hostPID: true };
const worse: PodSpec = { containers: [{ name: "c", securityContext: { privileged: true } }], hostPID: true };
const good: PodSpec = { containers: [] };

interface Made {
  readonly object: Pod;
}
const pod = (name: string, spec: PodSpec, controller?: string): Made => ({
  object: {
    metadata: {
      name,
      ...(controller
        ? { ownerReferences: [{ apiVersion: "v1", kind: "K", name: "k", uid: controller, controller: true }] }
        : {}),
    },
    spec,
  },
});
const numbered = (count: number, spec: PodSpec, controller?: string): Made[] =>
  Array.from({ length: count }, (_, i) => pod(`p${String(i).padStart(5, "0")}`, spec, controller));

const warn = (pods: readonly Made[], more: Partial<ExistingPods> = {}): Promise<string[]> =>
  warningsOfExisting({
    namespace: "n",
    pods,
    enforce: { level: "baseline", version: "v1.30" },
    exemptions: noExemptions,
    now: () => 0,
    ...more,
  });

const head = 'existing pods in namespace "n" violate the new PodSecurity enforce level "baseline:v1.30"';
const first = (checked: number, total: number): string =>
  `new PodSecurity enforce level only checked against the first ${checked} of ${total} existing pods`;

describe("pods that are there already", () => {
  it("are no matter when they are good", async () => assert.deepEqual(await warn([pod("a", good)]), []));

  it("are told by what is wrong, under the first name", async () => {
    const pods = [pod("c", bad), pod("b", bad), pod("z", worse), pod("d", bad), pod("y", good), pod("w", worse)];
    assert.deepEqual(await warn(pods), [
      head,
      "b (and 2 other pods): host namespaces",
      "w (and 1 other pod): host namespaces, privileged",
    ]);
    assert.deepEqual(await warn([pod("a", bad)]), [head, "a: host namespaces"]);
  });

  it("are not counted when their runtime class is exempt", async () => {
    const exemptions = { ...noExemptions, runtimeClasses: new Set(["r"]) };
    const pods = [pod("a", { ...bad, runtimeClassName: "r" }), pod("b", { ...bad, runtimeClassName: "s" })];
    assert.deepEqual(await warn(pods, { exemptions }), [head, "b: host namespaces"]);
    const many = [...numbered(podsMax, good), pod("x", { ...bad, runtimeClassName: "r" })];
    assert.deepEqual(await warn(many, { exemptions }), []);
  });

  it("are looked at up to a bound, one of each controller first", async () => {
    const many = [...numbered(podsMax + 1, good), pod("z", bad)];
    assert.deepEqual(await warn(many), [first(podsMax, podsMax + 2)]);
    const controlled = [...numbered(podsMax, good, "one"), pod("z", bad, "two"), pod("y", bad)];
    assert.deepEqual(await warn(controlled), [
      first(podsMax, podsMax + 2),
      head,
      "y (and 1 other pod): host namespaces",
    ]);
  });

  it("are looked at for no longer than a second", async () => {
    let now = 0;
    const pods = numbered(10, bad);
    const looks = pods.map(({ object }) => ({
      get object() {
        now += checkMsMax / 4;
        return object;
      },
    }));
    assert.deepEqual(await warn(looks, { now: () => now }), [
      first(4, 10),
      head,
      "p00000 (and 3 other pods): host namespaces",
    ]);
  });

  it("are looked at while somebody waits for the answer", async () => {
    assert.deepEqual(await warn(numbered(3, bad), { isGone: () => true }), [
      first(1, 3),
      head,
      "p00000: host namespaces",
    ]);
  });
});
