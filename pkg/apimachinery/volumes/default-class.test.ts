import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { defaultClass, isDefaultMark } from "./default-class.ts";
import { namesClass } from "./matching.ts";

const oldMark = "storageclass.beta.kubernetes.io/is-default-class";
const made = (name: string, second: number, annotations: Record<string, string>): StorageClass => ({
  metadata: { name, annotations, creationTimestamp: `2026-01-01T00:00:0${second}Z` },
  provisioner: "p.example",
});
const marked = { [isDefaultMark]: "true" };

test("which class is the default", () => {
  const rows: [name: string, classes: StorageClass[], wants: string | undefined][] = [
    ["none", [], undefined],
    ["none is marked", [made("a", 1, {}), made("b", 1, { [isDefaultMark]: "false" })], undefined],
    ["by the mark", [made("a", 2, {}), made("b", 1, marked)], "b"],
    ["by the old mark", [made("a", 1, { [oldMark]: "true", [isDefaultMark]: "false" })], "a"],
    ["the newest", [made("a", 1, marked), made("c", 3, marked), made("b", 2, marked)], "c"],
    ["of the same second the first by name", [made("b", 1, marked), made("a", 1, marked)], "a"],
  ];
  for (const [name, classes, wants] of rows) assert.equal(defaultClass(classes)?.metadata.name, wants, name);
});

test("whether a claim asks for a class", () => {
  assert.equal(namesClass({ metadata: {}, spec: {} }), false);
  assert.equal(namesClass({ metadata: {}, spec: { storageClassName: "" } }), true);
  const annotations = { "volume.beta.kubernetes.io/storage-class": "" };
  assert.equal(namesClass({ metadata: { annotations }, spec: {} }), true);
});
