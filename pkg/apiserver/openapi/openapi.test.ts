/** Against the types that the reference publishes (descriptions left out). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { schema } from "#api/index.ts";
import { allSchemas } from "./all-schemas.ts";
import { OpenApiDocuments } from "./index.ts";

const file = join(import.meta.dirname, "../../../test/data/openapi/api-types.json.gz");
const recorded = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Record<string, Record<string, unknown>>;

/**
 * The record has bare references where the documents have full ones, in an allOf where something stands beside them, and
 * no descriptions.
 */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const { allOf, ...rest } = value as Record<string, unknown>;
  // Properties may be called like members of a schema.
  const merged = Array.isArray(allOf) ? { ...(allOf[0] as object), ...rest } : value;
  return Object.fromEntries(
    Object.entries(merged)
      .filter(([key, item]) => key !== "description" || typeof item !== "string")
      .map(([key, item]) => [
        key,
        key === "$ref" && typeof item === "string" ? item.replace("#/components/schemas/", "") : bare(item),
      ]),
  );
}

test("every published type, field by field", () => {
  const ours = allSchemas(schema.resources);
  const differences: string[] = [];
  for (const [name, theirs] of Object.entries(recorded)) {
    const mine = bare(ours.get(name)) as Record<string, unknown> | undefined;
    if (!mine) {
      differences.push(`${name} is missing`);
      continue;
    }
    const fields = (s: Record<string, unknown>) => (s["properties"] ?? {}) as Record<string, unknown>;
    for (const field of new Set([...Object.keys(fields(theirs)), ...Object.keys(fields(mine))])) {
      try {
        assert.deepEqual(fields(mine)[field], fields(theirs)[field]);
      } catch {
        differences.push(
          `${name}.${field}: ${JSON.stringify(fields(mine)[field])} is not ${JSON.stringify(fields(theirs)[field])}`,
        );
      }
    }
  }
  assert.deepEqual(differences, []);
});

test("the index leads to documents whose references resolve", async () => {
  const documents = new OpenApiDocuments({ resources: schema.resources, version: "v1.35.4" });
  const { paths } = JSON.parse((await documents.index()).bytes.toString()) as {
    paths: Record<string, { serverRelativeURL: string }>;
  };
  assert.ok(Object.keys(paths).includes("apis/apps/v1"));
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const document = documents.document(path);
    assert.ok(document && serverRelativeURL.endsWith(document.hash), path);
    const text = document.bytes.toString();
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    for (const [, name] of text.matchAll(/#\/components\/schemas\/([^"]+)/g)) {
      assert.ok(Object.hasOwn(components.schemas, name!), `${path}: ${name}`);
    }
  }
  assert.equal(documents.document("apis/nothing/v1"), undefined);
});
