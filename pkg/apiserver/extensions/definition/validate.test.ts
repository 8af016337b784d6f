import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  JSONSchemaProps,
} from "#api/types/apiextensions.k8s.io/v1";
import { validateDefinitionUpdate, validateNewDefinition } from "./validate.ts";

const whole = (spec: JSONSchemaProps): JSONSchemaProps => ({ type: "object", properties: { spec } });
const version = (change: Partial<CustomResourceDefinitionVersion>): CustomResourceDefinitionVersion => ({
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: whole({ type: "object" }) },
  ...change,
});
const definition = (...versions: CustomResourceDefinitionVersion[]): CustomResourceDefinition => ({
  metadata: { name: "widgets.example.com" },
  spec: {
    group: "example.com",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    scope: "Namespaced",
    versions,
    conversion: { strategy: "None" },
  },
  status: { storedVersions: ["v1"] },
});
const ofSpec = (spec: JSONSchemaProps) => definition(version({ schema: { openAPIV3Schema: whole(spec) } }));
const texts = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

const root = "spec.validation.openAPIV3Schema";
const at = `${root}.properties[spec]`;
const rows: readonly { name: string; definition: CustomResourceDefinition; says: readonly string[] }[] = [
  { name: "good", definition: definition(version({})), says: [] },
  {
    name: "schemas of their own are named with their version",
    definition: definition(
      version({}),
      version({ name: "v2", storage: false, schema: { openAPIV3Schema: whole({ type: "text" }) } }),
    ),
    says: [
      'spec.versions[1].schema.openAPIV3Schema.properties[spec].type: Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  },
  {
    name: "a restricted field has a type, but not there",
    definition: definition(
      version({
        schema: { openAPIV3Schema: { type: "object", anyOf: [{ properties: { a: { type: "string" } } }] } },
      }),
    ),
    says: [
      `${root}.anyOf[0].properties[a].type: Forbidden: must be empty to be structural`,
      `${root}.properties[a]: Required value: because it is defined in ${root}.anyOf[0].properties[a]`,
    ],
  },
  {
    name: "either a number or a text",
    definition: ofSpec({ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }),
    says: [],
  },
  {
    name: "keys of maps are there and are no objects",
    definition: ofSpec({
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["a", "b"],
      items: { type: "object", properties: { a: { type: "string" } } },
    }),
    says: [
      `${at}.x-kubernetes-list-map-keys: Invalid value: ["a","b"]: entries must all be names of item properties`,
      `${at}.items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property`,
    ],
  },
  {
    name: "a default that its schema refuses",
    definition: ofSpec({
      type: "object",
      properties: { a: { type: "object", properties: { b: { type: "integer" } }, default: { b: "x", c: 1 } } },
    }),
    says: [
      `${at}.properties[a].default: Invalid value: {"b":"x","c":1}: must not have unknown fields`,
      `${at}.properties[a].default.b: Invalid value: "string": b in body must be of type integer: "string"`,
    ],
  },
  {
    name: "a default in metadata",
    definition: definition(
      version({
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { metadata: { type: "object", properties: { name: { type: "string", default: "x" } } } },
          },
        },
      }),
    ),
    says: [
      "spec.validation.openAPIV3Schema.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata",
    ],
  },
  {
    name: "selectable fields are plain and few",
    definition: definition(
      version({
        schema: {
          openAPIV3Schema: whole({ type: "object", properties: { a: { type: "array", items: { type: "string" } } } }),
        },
        selectableFields: [{ jsonPath: ".spec.a" }, { jsonPath: ".spec['b']" }],
      }),
    ),
    says: [
      'spec.selectableFields[0].jsonPath: Invalid value: ".spec.a": must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.',
      `spec.selectableFields[1].jsonPath: Invalid value: ".spec['b']": is an invalid path: array notation is not allowed`,
    ],
  },
  {
    name: "a deprecation of what is not deprecated",
    definition: definition(version({ deprecationWarning: "old" })),
    says: ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
  },
];

for (const { name, definition: one, says } of rows) {
  test(`a new definition: ${name}`, () => assert.deepEqual(texts(validateNewDefinition(one)), says));
}

test("groups of the project say who approved them", () => {
  const named = (annotations?: Record<string, string>): CustomResourceDefinition => {
    const one = definition(version({}));
    const metadata = { name: "widgets.x.k8s.io", ...(annotations ? { annotations } : {}) };
    return { ...one, metadata, spec: { ...one.spec, group: "x.k8s.io" } };
  };
  const key = "api-approved.kubernetes.io";
  const reasons = (one: CustomResourceDefinition) => validateNewDefinition(one).map(({ reason }) => reason);
  assert.deepEqual(reasons(named()), ["FieldValueRequired"]);
  assert.deepEqual(reasons(named({ [key]: "yes" })), ["FieldValueInvalid"]);
  assert.deepEqual(reasons(named({ [key]: "https://example.com/1" })), []);
  assert.deepEqual(reasons(named({ [key]: "unapproved, a test" })), []);
});

test("names of a served resource stay, and so do faults", () => {
  const old = definition(version({}));
  const renamed = { ...old, spec: { ...old.spec, names: { ...old.spec.names, kind: "Other" } } };
  assert.deepEqual(validateDefinitionUpdate(renamed, old), []);
  const served = { ...old, status: { ...old.status, conditions: [{ type: "Established", status: "True" }] } };
  assert.deepEqual(texts(validateDefinitionUpdate(renamed, served)), [
    'spec.names.kind: Invalid value: "Other": field is immutable',
  ]);
  const faulty = ofSpec({ type: "text" });
  assert.deepEqual(validateDefinitionUpdate(faulty, faulty), []);
  assert.equal(validateDefinitionUpdate(faulty, old).length, 1);
});
