import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowSchema } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { danglingCondition } from "./dangling.ts";
import { WriteBudget } from "./write-budget.ts";

const schema = { spec: { priorityLevelConfiguration: { name: "there" } } } as FlowSchema;
const now = "2026-01-01T00:00:00Z";

test("the condition in upstream's words", () => {
  assert.deepEqual(
    danglingCondition(schema, () => true, now),
    {
      type: "Dangling",
      status: "False",
      reason: "Found",
      message: 'This FlowSchema references the PriorityLevelConfiguration object named "there" and it exists',
      lastTransitionTime: now,
    },
  );
  assert.deepEqual(
    danglingCondition(schema, () => false, now),
    {
      type: "Dangling",
      status: "True",
      reason: "NotFound",
      message:
        'This FlowSchema references the PriorityLevelConfiguration object named "there" but there is no such object',
      lastTransitionTime: now,
    },
  );
});

test("what is so already is not written", () => {
  const condition = danglingCondition(schema, () => true, now);
  assert(condition);
  const known = { ...schema, status: { conditions: [condition] } };
  assert.equal(
    danglingCondition(known, () => true, "2026-02-02T00:00:00Z"),
    undefined,
  );
  assert(danglingCondition(known, () => false, now));
});

test("six writes of an object a minute", () => {
  const budget = new WriteBudget();
  const taken = Array.from({ length: 8 }, (_, at) => budget.take("a", at * 1000));
  assert.deepEqual(taken, [true, true, true, true, true, true, false, false]);
  assert(budget.take("b", 8000));
  assert(budget.take("a", 60_000), "the first one is a minute ago");
});
