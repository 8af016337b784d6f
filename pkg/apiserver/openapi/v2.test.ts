/** Version 2 of the schemas, in both forms. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import type { Schema } from "./schemas.ts";
import { openApiV2Json, openApiV2Protobuf } from "./v2.ts";
import { schemaMessage } from "./v2-protobuf.ts";

const document = JSON.parse(openApiV2Json(schema.resources, "v1.35.4").toString()) as {
  definitions: Record<string, { properties?: Record<string, Schema> }>;
  parameters: Record<string, Schema>;
};
const props = document.definitions["io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"];

test("every reference leads somewhere", () => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"#([^"]*)"/g)].map(([, target = ""]) => target);
  assert.ok(references.length > 1000);
  const missing = references.filter((target) => {
    const [, part, name] = target.split("/");
    return !Object.hasOwn(part === "parameters" ? document.parameters : document.definitions, name!);
  });
  assert.deepEqual([...new Set(missing)], []);
});

test("properties may be called like members of a schema", () => {
  assert.deepEqual(props?.properties?.["$ref"], { type: "string" });
  for (const name of ["allOf", "oneOf", "items", "additionalProperties", "properties", "enum"]) {
    assert.equal(typeof props?.properties?.[name], "object", name);
  }
});

const hex = (value: Schema) => schemaMessage(value).toString("hex");

for (const { name, of, is } of [
  { name: "a type", of: { type: "string" }, is: "b201080a06737472696e67" },
  { name: "a reference", of: { $ref: "#/definitions/a" }, is: "0a0f232f646566696e6974696f6e732f61" },
  { name: "a minimum", of: { minimum: 0.5 }, is: "49000000000000e03f" },
  { name: "a length", of: { maxLength: 300 }, is: "58ac02" },
  { name: "required names", of: { required: ["a", "b"] }, is: "9a0101619a010162" },
  { name: "any further member", of: { additionalProperties: true }, is: "aa01021001" },
  { name: "items", of: { items: { format: "b" } }, is: "ba01050a03120162" },
  { name: "a default", of: { default: 0 }, is: "2a041202300a" },
  { name: "an extension", of: { "x-a": [1] }, is: "fa010d0a03782d61120612045b315d0a" },
]) {
  test(`protobuf of ${name}`, () => assert.equal(hex(of), is));
}

test("a member that version 2 lacks is an error, not left out", () => {
  assert.throws(() => schemaMessage({ nullable: true }), /no place for nullable/);
});

test("the protobuf document names every definition", () => {
  const bytes = openApiV2Protobuf(schema.resources, "v1.35.4");
  for (const name of Object.keys(document.definitions)) assert.ok(bytes.includes(name), name);
});
