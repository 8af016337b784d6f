import assert from "node:assert/strict";
import { test } from "node:test";
import type { TopologySelectorTerm } from "#api/types/core/v1";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { validateStorageClass } from "./validate.ts";

const storageClass = (allowedTopologies: TopologySelectorTerm[], more: Partial<StorageClass> = {}): StorageClass => ({
  metadata: { name: "c" },
  provisioner: "example.com/p",
  reclaimPolicy: "Delete",
  volumeBindingMode: "Immediate",
  allowedTopologies,
  ...more,
});
const said = (of: StorageClass): string[] => validateStorageClass(of).map(({ field, detail }) => `${field}: ${detail}`);
const term = (...expressions: [key: string, ...values: string[]][]): TopologySelectorTerm => ({
  matchLabelExpressions: expressions.map(([key, ...values]) => ({ key, values })),
});

test("topologies", () => {
  const rows: [name: string, terms: TopologySelectorTerm[], says: string[]][] = [
    [
      "the same twice, in another order",
      [term(["a", "x", "y"]), term(["a", "y", "x"])],
      ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
    ],
    ["other values", [term(["a", "x"]), term(["a", "y"])], []],
    ["no values", [term(["a"])], ["allowedTopologies[0].matchLabelExpressions[0].values: Required value"]],
    [
      "one key twice",
      [term(["a", "x"], ["a", "y"])],
      ['allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "a"'],
    ],
    ["an empty term is never alone", [term()], ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""']],
  ];
  for (const [name, terms, says] of rows) assert.deepEqual(said(storageClass(terms)), says, name);
});

test("parameters", () => {
  const long = Object.fromEntries(Array.from({ length: 513 }, (_, at) => [`k${at}`, ""]));
  assert.deepEqual(said(storageClass([], { parameters: long })), [
    "parameters: Too long: may not be more than 512 bytes",
  ]);
  assert.deepEqual(said(storageClass([], { parameters: { "": "x" } })), [
    'parameters: Invalid value: "": field can not be empty.',
  ]);
  assert.deepEqual(said(storageClass([], { parameters: { a: "x".repeat(256 * 1024) } })), [
    "parameters: Too long: may not be more than 262144 bytes",
  ]);
});
