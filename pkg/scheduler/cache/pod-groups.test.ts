import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, info, node, pod } from "../testing/fixtures.ts";
import type { ClusterCache } from "./cluster-cache.ts";

const away = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "zone" }] } };

/** `labels: node=count …` of each group. */
const shown = (cache: ClusterCache): string[] =>
  [...cache.podGroups]
    .map(({ pod: { labels }, leaving, nodes }) => {
      const counts = [...nodes].map(([{ name }, count]) => `${name}=${count}`).sort();
      return `${JSON.stringify(labels)}${leaving ? " leaving" : ""}: ${counts.join(" ")}`;
    })
    .sort();

test("pods that selectors cannot tell apart are one group", () => {
  const labels = { app: "x" };
  const pods = [pod("1", { labels, on: "a" }), pod("2", { labels, on: "a" }), pod("3", { labels, on: "b" })];
  const cache = cluster([node("a"), node("b")], [...pods, pod("4", { on: "b" })]);
  assert.deepEqual(shown(cache), ['{"app":"x"}: a=2 b=1', "{}: b=1"]);
});

test("namespaces, affinity and leaving make groups of their own", () => {
  const leaving = pod("l", { on: "a" });
  leaving.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
  const others = [pod("n", { namespace: "other", on: "a" }), pod("f", { spec: { affinity: away }, on: "a" })];
  const cache = cluster([node("a")], [pod("p", { on: "a" }), leaving, ...others]);
  assert.deepEqual(shown(cache), ["{} leaving: a=1", "{}: a=1", "{}: a=1", "{}: a=1"]);
  assert.deepEqual(
    [...cache.affinityGroups].map((group) => group.pod.pod.metadata.name),
    ["f"],
  );
});

test("a group goes with its last pod and comes back with the same one", () => {
  const cache = cluster([node("a"), node("b")]);
  const [first, second] = [info("p"), info("q")];
  const at = (name: string) => cache.nodeNamed(name)!;
  at("a").addPod(first);
  at("a").removePod(first.key);
  assert.deepEqual(shown(cache), []);
  at("b").addPod(second);
  at("a").addPod(first);
  assert.deepEqual(shown(cache), ["{}: a=1 b=1"]);
  at("b").removePod(second.key);
  at("a").removePod(first.key);
  assert.deepEqual(shown(cache), []);
});

test("pods on nodes that are not there are not counted by who looks at nodes", () => {
  const cache = cluster([node("a")], [pod("p", { on: "gone" })]);
  const nodes = () => [...cache.podGroups].flatMap((group) => [...group.nodes.keys()].map(({ exists }) => exists));
  assert.deepEqual(nodes(), [false]);
  cache.setNode(node("gone"));
  assert.deepEqual(nodes(), [true]);
  cache.removeNode("gone");
  assert.deepEqual(nodes(), [false]);
});
