/** Every document comes back as it was from a decoder that knows nothing but the .proto. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { parse as parseYaml } from "yaml";
import { schema } from "#api/index.ts";
import { rawNumber } from "#pkg/apimachinery/codec/index.ts";
import { type ReadField, readMessage } from "#test/compare/live/wire/openapi.ts";
import type { PublishedResource } from "./custom.ts";
import { OpenApiDocuments } from "./index.ts";
import { documentMessage, schemaMessageV3 } from "./v3-protobuf.ts";
import { ProtobufDocuments } from "./v3-protobuf-documents.ts";

const lists = new Set(["tags", "parameters", "required", "enum", "all_of", "one_of", "any_of"]);
const pairs = new Set(["additional_properties", "path", "response_or_reference", "specification_extension"]);
/** Messages around one value. */
const wrappers = new Set(["schema", "reference", "parameter", "request_body", "response", "security_scheme"]);
const wrapped = new Set(["schema_or_reference", "boolean", "number", "string", "yaml"]);

const jsonName = (name: string): string =>
  name === "_ref" ? "$ref" : name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** `inside`: the field that holds these. */
function jsonOf(fields: readonly ReadField[], inside: string): unknown {
  const [only] = fields;
  if (only && fields.length === 1) {
    if (only.name === "yaml") return parseYaml(String(only.value));
    const isWrapper = wrapped.has(only.name) || (wrappers.has(only.name) && inside !== "content");
    if (isWrapper) return jsonValue(only);
  }
  const out: Record<string, unknown> = {};
  for (const field of fields) {
    // Of a schema, additional properties are no pairs.
    if (pairs.has(field.name) && Array.isArray(field.value) && field.value[0]?.name === "name") {
      const [name, value] = field.value as readonly ReadField[];
      out[String(name?.value)] = jsonOf((value?.value ?? []) as readonly ReadField[], inside);
    } else if (lists.has(field.name) && typeof field.value !== "boolean") {
      out[jsonName(field.name)] = [...((out[jsonName(field.name)] ?? []) as unknown[]), jsonValue(field)];
    } else out[jsonName(field.name)] = jsonValue(field);
  }
  return out;
}

const jsonValue = ({ name, value }: ReadField): unknown =>
  Array.isArray(value) ? jsonOf(value as readonly ReadField[], name) : value;

const decoded = (message: Buffer): unknown => jsonOf(readMessage(message, "Document"), "");

test("every document of the built-in API", async () => {
  const documents = new OpenApiDocuments({ resources: schema.resources, version: "v1.35.4" });
  const { paths } = JSON.parse((await documents.index()).bytes.toString()) as { paths: Record<string, object> };
  for (const path of Object.keys(paths)) {
    const json = documents.document(path)?.bytes ?? Buffer.alloc(0);
    assert.deepEqual(decoded(documentMessage(json)), JSON.parse(json.toString()), path);
  }
});

const read = (of: object): unknown => readMessage(schemaMessageV3(of), "Schema");
const field = (name: string, value: ReadField["value"]): ReadField => ({ name, value });

for (const { name, of, is } of [
  { name: "nothing", of: {}, is: [] },
  {
    name: "plain members by number",
    of: { type: "a", maxLength: 3, nullable: true },
    is: [field("nullable", true), field("max_length", 3n), field("type", "a")],
  },
  { name: "no zeros", of: { minimum: 0, minLength: 0, nullable: false, description: "" }, is: [] },
  { name: "zeros of lists", of: { required: ["", "a"] }, is: [field("required", ""), field("required", "a")] },
  { name: "a double", of: { maximum: -1.5 }, is: [field("maximum", -1.5)] },
  { name: "a whole number as a double", of: { minimum: 7 }, is: [field("minimum", 7)] },
  {
    name: "a length beyond a double",
    of: { maxLength: rawNumber("9223372036854775807") },
    is: [field("max_length", 9223372036854775807n)],
  },
  { name: "a negative length", of: { maxItems: -1 }, is: [field("max_items", -1n)] },
  { name: "a default text", of: { default: "" }, is: [field("default", [field("string", "")])] },
  { name: "a default number", of: { default: 0 }, is: [field("default", [field("number", 0)])] },
  { name: "a default that is false", of: { default: false }, is: [field("default", [field("boolean", false)])] },
  { name: "a default object", of: { default: { a: 1 } }, is: [field("default", [])] },
  { name: "a default list", of: { default: [1] }, is: [field("default", [])] },
  { name: "a default null", of: { default: null }, is: [field("default", [])] },
  {
    name: "no additional properties",
    of: { additionalProperties: false },
    is: [field("additional_properties", [field("boolean", false)])],
  },
  {
    name: "enums as YAML",
    of: { enum: ["", "on", 1, null] },
    is: ['""\n', "on\n", "1\n", "null\n"].map((yaml) => field("enum", [field("yaml", yaml)])),
  },
  {
    name: "extensions by name, with their order within",
    of: { "x-b": { z: 1, a: 2 }, "x-a": "v" },
    is: [
      field("specification_extension", [field("name", "x-a"), field("value", [field("yaml", "v\n")])]),
      field("specification_extension", [field("name", "x-b"), field("value", [field("yaml", "z: 1\na: 2\n")])]),
    ],
  },
  {
    name: "items",
    of: { items: { type: "a" } },
    is: [field("items", [field("schema_or_reference", [field("schema", [field("type", "a")])])])],
  },
  {
    name: "a reference",
    of: { allOf: [{ $ref: "#/a" }] },
    is: [field("all_of", [field("reference", [field("_ref", "#/a")])])],
  },
  {
    name: "a property that is called like an extension",
    of: { properties: { "x-a": {} } },
    is: [
      field("properties", [
        field("additional_properties", [field("name", "x-a"), field("value", [field("schema", [])])]),
      ]),
    ],
  },
  {
    name: "a property called $ref",
    of: { properties: { $ref: { not: {} } } },
    is: [
      field("properties", [
        field("additional_properties", [field("name", "$ref"), field("value", [field("schema", [field("not", [])])])]),
      ]),
    ],
  },
  {
    name: "a property called __proto__",
    of: { properties: JSON.parse('{"__proto__":{}}') as object },
    is: [
      field("properties", [
        field("additional_properties", [field("name", "__proto__"), field("value", [field("schema", [])])]),
      ]),
    ],
  },
]) {
  test(`a schema with ${name}`, () => assert.deepEqual(read(of), is));
}

test("a member that the messages lack is an error, not left out", () => {
  assert.throws(() => schemaMessageV3({ patternProperties: {} }), /no place for patternProperties/);
});

/** A resource whose document has this text in it. */
function published(description: string): PublishedResource {
  const def = schema.resources.find(({ plural }) => plural === "leases");
  assert.ok(def);
  return {
    def: { ...def, group: "g.example.com", plural: "things", kind: "Thing", type: "g.example.com/v1.Thing" },
    schema: { type: "object", description },
  };
}

function documentSaying(text: string) {
  const documents = new OpenApiDocuments({ resources: schema.resources, version: "v1", custom: [published(text)] });
  const document = documents.document("apis/g.example.com/v1");
  assert.ok(document);
  return document;
}

test("a message is made once for a document, and anew for a changed one", () => {
  const protobuf = new ProtobufDocuments();
  const first = protobuf.bytesOf(documentSaying("one"));
  const { packedBytes } = protobuf;
  assert.ok(packedBytes > 0);
  assert.deepEqual(protobuf.bytesOf(documentSaying("one")), first);
  assert.equal(protobuf.packedBytes, packedBytes);
  assert.ok(protobuf.bytesOf(documentSaying("two")).includes("two"));
  assert.ok(protobuf.packedBytes > packedBytes);
});

test("what is kept has a bound, and what was asked for last stays", () => {
  const one = documentSaying("one");
  const measured = new ProtobufDocuments();
  measured.bytesOf(one);
  const bytesMax = Math.floor(measured.packedBytes * 2.5);
  const protobuf = new ProtobufDocuments(bytesMax);
  for (let i = 0; i < 10; i += 1) {
    protobuf.bytesOf(one);
    assert.ok(protobuf.bytesOf(documentSaying(`text ${i}`)).includes(`text ${i}`));
    assert.ok(protobuf.packedBytes <= bytesMax);
  }
  let asked = 0;
  const spied = {
    hash: one.hash,
    get bytes() {
      asked += 1;
      return one.bytes;
    },
  };
  protobuf.bytesOf(spied);
  assert.equal(asked, 0);
});

test("a document larger than the bound is sent, not kept", () => {
  const protobuf = new ProtobufDocuments(10);
  assert.ok(protobuf.bytesOf(documentSaying("one")).includes("one"));
  assert.equal(protobuf.packedBytes, 0);
});
