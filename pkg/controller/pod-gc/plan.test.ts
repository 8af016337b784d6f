import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { doomedPods } from "./plan.ts";

const pod = (
  name: string,
  facts: { node?: string; phase?: "Running" | "Succeeded"; going?: boolean; made?: string } = {},
): Pod => ({
  metadata: {
    name,
    creationTimestamp: facts.made ?? "2026-01-01T00:00:00Z",
    ...(facts.going ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
  },
  spec: { containers: [], ...(facts.node ? { nodeName: facts.node } : {}) },
  status: { phase: facts.phase ?? "Running" },
});
const names = (pods: Pod[], missedSince: Map<string, number>, now: number, threshold = 0) =>
  doomedPods(pods, { hasNode: (name) => name === "here", missedSince, now, threshold }).map((d) => d.pod.metadata.name);

test("a pod goes when its node has been missing long enough", () => {
  const missed = new Map<string, number>();
  const pods = [pod("a", { node: "gone" }), pod("b", { node: "here" })];
  assert.deepEqual(names(pods, missed, 0), []);
  assert.deepEqual(names(pods, missed, 39_000), []);
  assert.deepEqual(names(pods, missed, 40_000), ["a"]);
});

test("pods that are deleted before they had a node go", () => {
  assert.deepEqual(names([pod("a", { going: true }), pod("b")], new Map(), 0), ["a"]);
});

test("of too many ended pods the oldest go", () => {
  const ended = ["3", "1", "2"].map((day) =>
    pod(day, { node: "here", phase: "Succeeded", made: `2026-01-0${day}T00:00:00Z` }),
  );
  assert.deepEqual(names(ended, new Map(), 0, 1), ["1", "2"]);
  assert.deepEqual(names(ended, new Map(), 0, 0), []);
});
