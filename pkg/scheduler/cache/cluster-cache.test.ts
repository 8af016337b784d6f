import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, info, node, pod } from "../testing/fixtures.ts";
import { podRequests } from "./resources.ts";

test("an assumption is confirmed by the watch and cannot be forgotten then", () => {
  const cache = cluster([node("n")]);
  const waiting = info("p", { cpu: "1" });
  cache.assume(waiting, "n");
  assert.equal(cache.nodeNamed("n")?.requested.cpuMillis, 1000);
  cache.setPod(pod("p", { cpu: "1", on: "n" }));
  cache.forget(waiting.key, waiting.uid);
  assert.equal(cache.nodeNamed("n")?.requested.cpuMillis, 1000);
  cache.removePod(waiting.key);
  assert.equal(cache.nodeNamed("n")?.requested.cpuMillis, 0);
});

test("a failed binding gives back what was assumed", () => {
  const cache = cluster([node("n")]);
  const waiting = info("p", { cpu: "1", hostPort: 80 });
  cache.assume(waiting, "n");
  cache.forget(waiting.key, waiting.uid);
  assert.equal(cache.nodeNamed("n")?.requested.cpuMillis, 0);
  assert.equal(cache.nodeNamed("n")?.usesPort({ ip: "0.0.0.0", protocol: "TCP", port: 80 }), false);
});

test("pods that came before their node count once it is there", () => {
  const cache = cluster([], [pod("p", { cpu: "1", on: "late" })]);
  cache.setNode(node("late"));
  assert.equal(cache.nodeNamed("late")?.requested.cpuMillis, 1000);
});

test("nodes of different zones take turns", () => {
  const zone = (name: string, value: string) => node(name, { labels: { "topology.kubernetes.io/zone": value } });
  const cache = cluster([zone("a1", "a"), zone("a2", "a"), zone("b1", "b")]);
  assert.deepEqual(
    cache.nodes.map((n) => n.name),
    ["a1", "b1", "a2"],
  );
});

const container = (cpu: string, restartPolicy?: string) => ({
  name: "c",
  image: "i",
  resources: { requests: { cpu } },
  ...(restartPolicy ? { restartPolicy } : {}),
});

for (const { name, spec, cpu } of [
  { name: "containers add up", spec: { containers: [container("1"), container("500m")] }, cpu: 1500 },
  {
    name: "a large init container decides",
    spec: { containers: [container("1")], initContainers: [container("3")] },
    cpu: 3000,
  },
  {
    name: "a sidecar stays for both",
    spec: { containers: [container("1")], initContainers: [container("1", "Always"), container("3")] },
    cpu: 4000,
  },
  { name: "overhead comes on top", spec: { containers: [container("1")], overhead: { cpu: "250m" } }, cpu: 1250 },
  {
    name: "a request of the pod replaces the sum",
    spec: { containers: [container("1")], resources: { requests: { cpu: "2" } } },
    cpu: 2000,
  },
]) {
  test(`requests: ${name}`, () => {
    assert.equal(podRequests({ metadata: { name: "p" }, spec }).cpuMillis, cpu);
  });
}
