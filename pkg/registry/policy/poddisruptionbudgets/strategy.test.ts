import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "#api/types/policy/v1";
import type { StrategyContext } from "../../strategy.ts";
import { poddisruptionbudgets } from "./strategy.ts";

const context = {} as StrategyContext;
const budget = (spec: PodDisruptionBudgetSpec, status?: PodDisruptionBudgetStatus): PodDisruptionBudget => ({
  metadata: { name: "b", namespace: "default" },
  spec,
  ...(status ? { status } : {}),
});
const said = (errors: readonly { field: string; detail: string }[] | undefined): string[] =>
  (errors ?? []).map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a budget", () => {
  const rows: [name: string, spec: PodDisruptionBudgetSpec, says: string[]][] = [
    [
      "two bounds",
      { minAvailable: 1, maxUnavailable: "10%" },
      [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"10%","UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set',
      ],
    ],
    [
      "more than all",
      { minAvailable: "101%" },
      ['spec.minAvailable: Invalid value: "101%": must not be greater than 100%'],
    ],
    [
      "less than none",
      { maxUnavailable: -1 },
      ["spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0"],
    ],
  ];
  for (const [name, spec, says] of rows) {
    assert.deepEqual(said(poddisruptionbudgets.validateCreate?.(budget(spec), context)), says, name);
  }
});

test("selectors that were stored may stay", () => {
  const selector = { matchExpressions: [{ key: "a", operator: "In", values: ["not a value!"] }] };
  const old = budget({ selector });
  assert.equal(poddisruptionbudgets.validateCreate?.(old, context).length, 1);
  assert.deepEqual(poddisruptionbudgets.validateUpdate?.(budget({ selector, minAvailable: 2 }), old, context), []);
});

test("what a status may not say", () => {
  const counts = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: -1, expectedPods: 0 };
  const time = "2026-01-02T03:04:05Z";
  const condition = { type: "A", status: "Maybe", reason: "9", message: "", lastTransitionTime: time };
  const status = poddisruptionbudgets.subresources?.["status"];
  const of = budget({}, { ...counts, conditions: [condition, { ...condition, status: "True", reason: "R" }] });
  assert.deepEqual(
    said(status?.validateUpdate?.(of, of, context)).map((text) => text.slice(0, 60)),
    [
      'status.conditions[0].status: Unsupported value: "Maybe": supported values: "False", "True", "Unknown"'.slice(
        0,
        60,
      ),
      'status.conditions[0].reason: Invalid value: "9": a condition reason must'.slice(0, 60),
      'status.conditions[1].type: Duplicate value: "A"',
      "status.disruptionsAllowed: Invalid value: -1: must be greater than or equal to 0".slice(0, 60),
    ],
  );
});
