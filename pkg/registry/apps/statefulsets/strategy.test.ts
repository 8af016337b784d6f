import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatefulSet, StatefulSetUpdateStrategy } from "#api/types/apps/v1";
import { statefulsets } from "./strategy.ts";

test("how a set is updated, when it does not say all of it", () => {
  const updateOf = (updateStrategy?: StatefulSetUpdateStrategy): StatefulSetUpdateStrategy | undefined => {
    const set: StatefulSet = {
      metadata: { name: "s", namespace: "n" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [] } },
        ...(updateStrategy ? { updateStrategy } : {}),
      },
    };
    statefulsets.applyDefaults?.(set);
    return set.spec.updateStrategy;
  };
  const whole = { type: "RollingUpdate", rollingUpdate: { partition: 0 } };
  assert.deepEqual(updateOf(), whole);
  assert.deepEqual(updateOf({}), whole);
  assert.deepEqual(updateOf({ type: "RollingUpdate", rollingUpdate: {} }), whole);
  assert.deepEqual(updateOf({ type: "RollingUpdate" }), { type: "RollingUpdate" });
  assert.deepEqual(updateOf({ type: "OnDelete" }), { type: "OnDelete" });
});
