import assert from "node:assert/strict";
import { test } from "node:test";
import type { LimitRangeItem } from "#api/types/core/v1";
import { validateLimitRange } from "./validate.ts";

const said = (...limits: LimitRangeItem[]): string[] =>
  validateLimitRange({ metadata: { name: "l" }, spec: { limits } }).map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a range", () => {
  const rows: [name: string, item: LimitRangeItem, says: string[]][] = [
    [
      "a default below the least",
      { type: "Container", min: { cpu: "2" }, default: { cpu: "1" } },
      ['spec.limits[0].default[cpu]: Invalid value: "2": min value 2 is greater than default value 1'],
    ],
    [
      "a request above the limit",
      { type: "Container", default: { cpu: "1" }, defaultRequest: { cpu: "2" } },
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": default request value 2 is greater than default limit value 1',
      ],
    ],
    [
      "a ratio that cannot be",
      { type: "Pod", min: { cpu: "1" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } },
      ['spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "3": ratio 3 is greater than max/min = 2.000000'],
    ],
    [
      "a ratio to nothing",
      { type: "Pod", min: { cpu: "0" }, max: { cpu: "2" }, maxLimitRequestRatio: { cpu: "3" } },
      [],
    ],
    [
      "storage of containers",
      { type: "Container", max: { storage: "1Gi" } },
      ['spec.limits[0].max[storage]: Invalid value: "storage": must be a standard resource for containers'],
    ],
    [
      "defaults of pods",
      { type: "Pod", default: { cpu: "1" } },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      "devices that cannot be shared",
      {
        type: "Container",
        default: { "example.com/gpu": "2" },
        defaultRequest: { "example.com/gpu": "1" },
      },
      [
        'spec.limits[0].defaultRequest[example.com/gpu]: Invalid value: "1": default value 2 must equal to defaultRequest value 1 in example.com/gpu',
      ],
    ],
  ];
  for (const [name, item, says] of rows) assert.deepEqual(said(item), says, name);
  assert.deepEqual(said({ type: "Pod" }, { type: "Pod" }), ['spec.limits[1].type: Duplicate value: "Pod"']);
});
