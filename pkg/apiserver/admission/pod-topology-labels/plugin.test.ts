import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionRequest, AdmissionServices } from "../plugin.ts";
import { podTopologyLabels } from "./plugin.ts";

const [zone, region] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];
const nodes: Record<string, object> = {
  full: { metadata: { labels: { [zone]: "z1", [region]: "r1", "kubernetes.io/hostname": "h" } } },
  half: { metadata: { labels: { [zone]: "z2" } } },
  bare: { metadata: {} },
};
const plugin = podTopologyLabels({
  reader: { get: async (_: unknown, __: string, name: string) => nodes[name] },
} as unknown as AdmissionServices);

const request = (plural: string, subresource: string, object: object) =>
  ({
    operation: "CREATE",
    subresource,
    resource: { def: { group: "", plural } },
    object,
  }) as unknown as AdmissionRequest;

async function labelsAfter(subresource: string, object: { metadata: { labels?: object } }) {
  const asked = request("pods", subresource, object);
  assert.ok(plugin.handles(asked));
  await plugin.admit?.(asked);
  return object.metadata.labels;
}

const bound = (target: object, labels?: object) =>
  labelsAfter("binding", { metadata: labels ? { labels } : {}, ...{ target } });

test("a binding and a pod created on its node have the node's zone and region, whatever they said", async () => {
  assert.deepEqual(await bound({ kind: "Node", name: "full" }), { [zone]: "z1", [region]: "r1" });
  assert.deepEqual(await bound({ kind: "Node", name: "full" }, { [zone]: "own", a: "b" }), {
    [zone]: "z1",
    [region]: "r1",
    a: "b",
  });
  const pod = { metadata: { labels: { [region]: "own" } }, spec: { nodeName: "half" } };
  assert.deepEqual(await labelsAfter("", pod), { [zone]: "z2", [region]: "own" });
});

test("who is on no node that is known, or is bound to something else, stays as it is", async () => {
  assert.equal(await bound({ name: "full" }), undefined);
  assert.equal(await bound({ kind: "Pod", name: "full" }), undefined);
  assert.equal(await bound({ kind: "Node", name: "missing" }), undefined);
  assert.equal(await bound({ kind: "Node", name: "bare" }), undefined);
  const unbound: { metadata: { labels?: object }; spec: object } = { metadata: {}, spec: {} };
  assert.equal(await labelsAfter("", unbound), undefined);
  assert.ok(!plugin.handles(request("bindings", "", {})));
  assert.ok(!plugin.handles(request("pods", "ephemeralcontainers", {})));
});
