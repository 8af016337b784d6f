import assert from "node:assert/strict";
import { test } from "node:test";
import type { RuntimeClass } from "#api/types/node.k8s.io/v1";
import { validateRuntimeClass } from "./validate.ts";

const rows: readonly [name: string, change: Partial<RuntimeClass>, errors: readonly string[]][] = [
  ["a plain one", {}, []],
  ["dots in the handler", { handler: "a.b" }, ['handler: Invalid value: "a.b": must not contain dots']],
  [
    "huge pages alone",
    { overhead: { podFixed: { "hugepages-2Mi": "2Mi" } } },
    ["overhead: Forbidden: HugePages require cpu or memory"],
  ],
  [
    "less than nothing",
    { overhead: { podFixed: { cpu: "-1" } } },
    ['overhead.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0'],
  ],
  [
    "a toleration twice, whatever its time",
    {
      scheduling: {
        tolerations: [
          { key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 1 },
          { key: "a", operator: "Exists", effect: "NoExecute" },
        ],
      },
    },
    [
      'scheduling.tolerations[1]: Duplicate value: {"Key":"a","Operator":"Exists","Value":"","Effect":"NoExecute","TolerationSeconds":null}',
    ],
  ],
];

for (const [name, change, errors] of rows) {
  test(`runtime class: ${name}`, () => {
    const one: RuntimeClass = { metadata: { name: "r" }, handler: "runc", ...change };
    assert.deepEqual(
      validateRuntimeClass(one).map(({ field, detail }) => `${field}: ${detail}`),
      errors,
    );
  });
}
