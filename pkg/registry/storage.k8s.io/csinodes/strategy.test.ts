import assert from "node:assert/strict";
import { test } from "node:test";
import type { CSINode, CSINodeDriver } from "#api/types/storage.k8s.io/v1";
import type { StrategyContext } from "../../strategy.ts";
import { csinodes } from "./strategy.ts";

const node = (...drivers: CSINodeDriver[]): CSINode => ({ metadata: { name: "n" }, spec: { drivers } });
const context = {} as StrategyContext;
const driver = { name: "a", nodeID: "n", topologyKeys: ["zone"] };

test("drivers that are there stay as they are, but for what they can take", () => {
  const rows: [name: string, next: CSINode, fields: string[]][] = [
    ["more volumes", node({ ...driver, allocatable: { count: 7 } }), []],
    ["another driver", node(driver, { name: "b", nodeID: "m", topologyKeys: [] }), []],
    ["no driver", node(), []],
    ["another identifier", node({ ...driver, nodeID: "other" }), ["spec.drivers"]],
  ];
  for (const [name, next, fields] of rows) {
    const errors = csinodes.validateUpdate?.(next, node({ ...driver, allocatable: { count: 5 } }), context) ?? [];
    assert.deepEqual(
      errors.map(({ field }) => field),
      fields,
      name,
    );
  }
});

test("what is refused in a driver", () => {
  const rows: [name: string, of: CSINode, says: string[]][] = [
    ["one name twice", node(driver, driver), ['spec.drivers[1].name: Duplicate value: "a"']],
    ["one key twice", node({ ...driver, topologyKeys: ["z", "z"] }), ['spec.drivers[0]: Duplicate value: "z"']],
    [
      "a long name",
      node({ ...driver, name: "a".repeat(64) }),
      ["spec.drivers[0].name: Too long: may not be more than 63 bytes"],
    ],
  ];
  for (const [name, of, says] of rows) {
    const errors = csinodes.validate?.(of, context) ?? [];
    assert.deepEqual(
      errors.map(({ field, detail }) => `${field}: ${detail}`),
      says,
      name,
    );
  }
});
