import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node } from "#api/types/core/v1";
import { nodes } from "./strategy.ts";
import { validateNode, validateNodeUpdate } from "./validate.ts";

const node = (spec: Node["spec"], status: Node["status"] = {}): Node => ({ metadata: { name: "n" }, spec, status });
const said = (errors: readonly { field: string; detail: string }[]): string[] =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a node", () => {
  const rows: [name: string, node: Node, says: string[]][] = [
    [
      "two ranges of one family",
      node({ podCIDRs: ["10.0.0.0/24", "10.0.1.0/24"] }),
      [
        'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
      ],
    ],
    [
      "half a device",
      node({}, { capacity: { "example.com/gpu": "500m" } }),
      ['status.capacity.example.com/gpu: Invalid value: "500m": must be an integer'],
    ],
    [
      "no swap is not zero swap",
      node({}, { nodeInfo: { swap: { capacity: 0 } } } as Node["status"]),
      ["metadata.nodeSwapStatus.capacity: Invalid value: 0: must be greater than zero"],
    ],
    [
      "one taint twice, whatever its value",
      node({
        taints: [
          { key: "a", value: "1", effect: "NoSchedule" },
          { key: "a", value: "2", effect: "NoSchedule" },
        ],
      }),
      [
        'metadata.taints[1]: Duplicate value: {"Key":"a","Value":"2","Effect":"NoSchedule","TimeAdded":null}: taints must be unique by key and effect pair',
      ],
    ],
    [
      "features in disorder",
      node({}, { declaredFeatures: ["B", "A/b", "A/b"] }),
      [
        'status.declaredFeatures[1]: Invalid value: "A/b": list must be sorted alphabetically',
        'status.declaredFeatures[2]: Duplicate value: "A/b"',
      ],
    ],
  ];
  for (const [name, of, says] of rows) assert.deepEqual(said(validateNode(of)), says, name);
});

test("what of a node may change", () => {
  const old = node({ podCIDRs: ["10.0.0.0/24"], providerID: "a" });
  const kept = 'node updates may not change podCIDR except from "" to valid';
  assert.deepEqual(said(validateNodeUpdate(node({ ...old.spec, unschedulable: true }), old)), []);
  assert.deepEqual(said(validateNodeUpdate(node({ podCIDRs: ["10.0.1.0/24"], providerID: "a" }), old)), [
    `spec.podCIDRs: Forbidden: ${kept}`,
  ]);
  assert.deepEqual(said(validateNodeUpdate(node({ podCIDRs: ["10.0.0.0/24"] }), old)), [
    'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid',
  ]);
  assert.deepEqual(validateNodeUpdate(old, node({})), [], "what was not set may be");
});

test("the one range and the several agree", () => {
  const rows: [given: Node["spec"], podCIDR: string | undefined, podCIDRs: string[] | undefined][] = [
    [{ podCIDR: "a" }, "a", ["a"]],
    [{ podCIDRs: ["a", "b"] }, "a", ["a", "b"]],
    [{ podCIDR: "c", podCIDRs: ["a", "b"] }, "c", ["c"]],
    [{}, undefined, undefined],
  ];
  for (const [given, podCIDR, podCIDRs] of rows) {
    const of = node({ ...given });
    nodes.applyDefaults?.(of);
    assert.deepEqual([of.spec.podCIDR, of.spec.podCIDRs], [podCIDR, podCIDRs]);
  }
});
