import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceQuota, ResourceQuotaSpec } from "#api/types/core/v1";
import type { StrategyContext } from "../../strategy.ts";
import { resourcequotas } from "./strategy.ts";
import { validateQuota, validateQuotaUpdate } from "./validate.ts";

const quota = (spec: ResourceQuotaSpec): ResourceQuota => ({ metadata: { name: "q", namespace: "default" }, spec });
const said = (spec: ResourceQuotaSpec): string[] =>
  validateQuota(quota(spec)).map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a quota", () => {
  const rows: [name: string, spec: ResourceQuotaSpec, says: string[]][] = [
    [
      "a name that nothing has",
      { hard: { storage: "1" } },
      ['spec.hard[storage]: Invalid value: "storage": must be a standard resource for quota'],
    ],
    ["half a pod", { hard: { pods: "500m" } }, ['spec.hard[pods]: Invalid value: "500m": must be an integer']],
    [
      "scopes that exclude each other",
      { hard: { pods: "1" }, scopes: ["Terminating", "NotTerminating"] },
      ['spec.scopes: Invalid value: ["Terminating","NotTerminating"]: conflicting scopes'],
    ],
    [
      "a scope of pods for Services",
      { hard: { services: "1" }, scopes: ["Terminating"] },
      ['spec.scopes: Invalid value: ["Terminating"]: unsupported scope applied to resource'],
    ],
    ["counted kinds are in every scope", { hard: { "count/things.example.com": "1" }, scopes: ["Terminating"] }, []],
    [
      "values for a scope that has none",
      {
        hard: { pods: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "BestEffort", operator: "In", values: ["x"] }] },
      },
      [
        "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ],
    ],
    [
      "no values for a scope that has some",
      {
        hard: { pods: "1" },
        scopeSelector: { matchExpressions: [{ scopeName: "PriorityClass", operator: "NotIn" }] },
      },
      [
        "spec.scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
      ],
    ],
  ];
  for (const [name, spec, says] of rows) assert.deepEqual(said(spec), says, name);
});

test("scopes stay, in any order", () => {
  const old = quota({ scopes: ["Terminating", "BestEffort"] });
  assert.deepEqual(validateQuotaUpdate(quota({ scopes: ["BestEffort", "Terminating"] }), old), []);
  assert.equal(validateQuotaUpdate(quota({ scopes: ["BestEffort"] }), old).length, 1);
});

test("requests above their limits are warned of", () => {
  const warnings = (hard: Record<string, string>) =>
    resourcequotas.warningsOnCreate?.(quota({ hard }), {} as StrategyContext);
  assert.deepEqual(warnings({ cpu: "4", "limits.cpu": "2" }), [
    "ResourceQuota cpu (4) should be less than limits.cpu (2)",
  ]);
  assert.deepEqual(warnings({ "requests.cpu": "1", cpu: "4", "limits.cpu": "2" }), []);
});
