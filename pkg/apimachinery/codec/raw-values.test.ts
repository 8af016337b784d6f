import assert from "node:assert/strict";
import { test } from "node:test";
import { schema, type TypeRef } from "#api/index.ts";
import { decodeValue } from "./decode.ts";
import { keepsRawValues } from "./raw-values.ts";

const rows: readonly [type: string, keeps: boolean][] = [
  ["core/v1.Pod", false],
  ["apps/v1.Deployment", false],
  ["core/v1.ConfigMap", false],
  ["apps/v1.ControllerRevision", true],
  ["apiextensions.k8s.io/v1.CustomResourceDefinition", true],
];

for (const [type, keeps] of rows) {
  test(`${type} ${keeps ? "keeps" : "makes"} all values`, () => assert.equal(keepsRawValues(type), keeps));
}

test("what decoding does not keep shares nothing with what it read", () => {
  for (const { type } of schema.resources) {
    if (keepsRawValues(type)) continue;
    const value = filled(type, 0) as Record<string, unknown>;
    const { object } = decodeValue(value, type);
    const shared = sharedObjects(value, object);
    assert.deepEqual(shared, [], type);
  }
});

const depthMax = 7;

/** An object of the type with something in every field. */
function filled(type: string, depth: number): unknown {
  const { fields, choice } = schema.types.get(type) ?? { fields: [], choice: undefined };
  if (choice) return {};
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    const value = sampleOf(field.type, depth + 1);
    if (field.inline) Object.assign(out, value);
    else if (value !== undefined) out[field.name] = value;
  }
  return out;
}

function sampleOf(ref: TypeRef, depth: number): unknown {
  if (depth > depthMax) return undefined;
  switch (ref.kind) {
    case "list": {
      const item = sampleOf(ref.of, depth);
      return item === undefined ? undefined : [item];
    }
    case "map": {
      const item = sampleOf(ref.of, depth);
      return item === undefined ? undefined : { key: item };
    }
    case "message":
      return filled(ref.name, depth);
    default:
      return scalars[ref.scalar];
  }
}

const scalars: Readonly<Record<string, unknown>> = {
  string: "a",
  bool: true,
  int32: 1,
  int64: 1,
  float64: 1,
  bytes: "YQ==",
  quantity: "1",
  intOrString: 1,
  time: "2026-01-01T00:00:00Z",
  microTime: "2026-01-01T00:00:00.000000Z",
  any: { a: [{}] },
};

function sharedObjects(a: unknown, b: unknown): unknown[] {
  const seen = new Set<unknown>();
  walk(a, (object) => seen.add(object));
  const shared: unknown[] = [];
  walk(b, (object) => {
    if (seen.has(object)) shared.push(object);
  });
  return shared;
}

function walk(value: unknown, visit: (object: object) => void): void {
  if (typeof value !== "object" || value === null) return;
  visit(value);
  for (const member of Object.values(value)) walk(member, visit);
}
