/**
 * What makes a schema structural: every field has its type outside of `allOf`, `anyOf`, `oneOf` and `not`, which may only
 * restrict values. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { patternOf } from "../patterns.ts";
import {
  isMemberSet,
  itemsSchema,
  propertiesOf,
  propertyOf,
  type Schema,
  saidMembers,
  valuesSchema,
} from "./schema-walk.ts";

type Level = "root" | "item" | "field";

/** Sorted, as maps have no order. */
export function structuralErrors(path: string, schema: Schema): FieldError[] {
  const errors = [...invariants(path, schema, "root"), ...completeness(schema, schema, { here: path, there: path })];
  const text = ({ field, detail }: FieldError) => `${field}: ${detail}`;
  return errors.sort((a, b) => Buffer.compare(Buffer.from(text(a)), Buffer.from(text(b))));
}

/** Why a schema cannot be taken as structural at all, or undefined. */
export function unsupportedMember(schema: Schema): string | undefined {
  const { additionalItems, patternProperties, dependencies, definitions } = schema;
  const isSet = (map: object | undefined) => Object.keys(map ?? {}).length > 0;
  const unsupported = [
    schema.id ? "id" : "",
    schema.$schema ? "schema" : "",
    schema.$ref ? "$ref" : "",
    isSet(patternProperties) ? "patternProperties" : "",
    isSet(dependencies) ? "dependencies" : "",
    additionalItems === undefined ? "" : "additionalItems",
    isSet(definitions) ? "definitions" : "",
  ].find((name) => name !== "");
  if (unsupported) return `OpenAPIV3Schema '${unsupported}' is not supported`;
  for (const one of [schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const text = one ? unsupportedMember(one as Schema) : undefined;
    if (text) return text;
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) {
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  }
  const below = [itemsSchema(schema), ...propertiesOf(schema).map(([, one]) => one), valuesSchema(schema)];
  return below.map((one) => (one ? unsupportedMember(one) : undefined)).find((text) => text !== undefined);
}

const untyped: Readonly<Record<Level, string>> = {
  root: "must not be empty at the root",
  item: "must not be empty for specified array items",
  field: "must not be empty for specified object fields",
};

function* invariants(path: string, schema: Schema, level: Level): Findings {
  const { type = "", additionalProperties } = schema;
  const items = itemsSchema(schema);
  const values = valuesSchema(schema);
  if (type === "array" && !items) yield required(`${path}.items`, "must be specified");
  if (items) yield* invariants(`${path}.items`, items, "item");
  for (const [name, property] of propertiesOf(schema)) {
    yield* invariants(`${path}.properties[${name}]`, property, "field");
  }
  if (additionalProperties !== undefined && level === "root") {
    yield forbidden(`${path}.additionalProperties`, "must not be used at the root");
  }
  if (values) yield* invariants(`${path}.additionalProperties`, values, "field");
  yield* extensions(path, schema);
  yield* valueRules(path, schema, intOrStringExceptions(schema));
  yield* typeRules(path, schema, level);
  if (level === "root" || schema["x-kubernetes-embedded-resource"]) yield* resourceMembers(path, schema);
  const metadata = propertyOf(schema, "metadata");
  if (metadata && level === "root") yield* rootMetadata(`${path}.properties[metadata]`, metadata);
  const isUnknown = schema["x-kubernetes-preserve-unknown-fields"] || propertiesOf(schema).length > 0;
  if (schema["x-kubernetes-embedded-resource"] && !isUnknown) {
    const text =
      "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    yield required(`${path}.properties`, text);
  }
}

function* typeRules(path: string, schema: Schema, level: Level): Findings {
  const { type = "" } = schema;
  const at = `${path}.type`;
  if (schema["x-kubernetes-embedded-resource"] && type !== "object") {
    const text = "must be object if x-kubernetes-embedded-resource is true";
    yield type === "" ? required(at, text) : invalid(at, type, text);
  } else if (type === "" && !schema["x-kubernetes-int-or-string"] && !schema["x-kubernetes-preserve-unknown-fields"]) {
    yield required(at, untyped[level]);
  }
  if (schema["x-kubernetes-embedded-resource"] && schema.additionalProperties !== undefined) {
    yield forbidden(`${path}.additionalProperties`, "must not be used if x-kubernetes-embedded-resource is set");
  }
  if (level === "root" && type !== "" && type !== "object") yield invalid(at, type, "must be object at the root");
}

function* extensions(path: string, schema: Schema): Findings {
  if (!schema["x-kubernetes-int-or-string"]) return;
  for (const name of ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const) {
    if (schema[name]) yield invalid(`${path}.${name}`, true, "must be false if x-kubernetes-int-or-string is true");
  }
}

/** Type and metadata of a whole object are what they are everywhere. */
function* resourceMembers(path: string, schema: Schema): Findings {
  for (const [name, wanted] of [
    ["kind", "string"],
    ["apiVersion", "string"],
    ["metadata", "object"],
  ] as const) {
    const member = propertyOf(schema, name);
    if (member && member.type !== wanted) {
      yield invalid(`${path}.properties[${name}].type`, member.type ?? "", `must be ${wanted}`);
    }
  }
}

/** Only names may be restricted. */
function* rootMetadata(path: string, schema: Schema): Findings {
  const onlyNames = Object.keys(schema.properties ?? {}).every((name) => name === "name" || name === "generateName");
  const isBare = saidMembers(schema).every((member) => ["type", "default", "properties"].includes(member));
  if (onlyNames && isBare) return;
  const text = "must not specify anything other than name and generateName, but metadata is implicitly specified";
  yield forbidden(path, text);
}

interface Exceptions {
  readonly anyOf: boolean;
  readonly firstAllOf: boolean;
}

const none: Exceptions = { anyOf: false, firstAllOf: false };

/** Two ways to say that a value is a number or a text. */
function isIntOrString(anyOf: readonly Schema[] | undefined): boolean {
  const only = (schema: Schema | undefined, type: string) =>
    schema?.type === type && saidMembers(schema).every((member) => member === "type" || isClosed(schema, member));
  return anyOf?.length === 2 && only(anyOf[0], "integer") && only(anyOf[1], "string");
}

/** What restricts values cannot also forbid members: upstream takes it for nothing said. */
const isClosed = (schema: Schema, member: keyof Schema): boolean =>
  member === "additionalProperties" && schema.additionalProperties === (false as unknown);

const intOrStringExceptions = ({ anyOf, allOf }: Schema): Exceptions => ({
  anyOf: isIntOrString(anyOf),
  firstAllOf: isIntOrString(allOf?.[0]?.anyOf),
});

function* valueRules(path: string, schema: Schema, skip: Exceptions): Findings {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  if (!skip.anyOf) {
    for (const [at, one] of anyOf.entries()) yield* nestedRules(`${path}.anyOf[${at}]`, one, none);
  }
  for (const [at, one] of allOf.entries()) {
    yield* nestedRules(`${path}.allOf[${at}]`, one, { anyOf: skip.firstAllOf && at === 0, firstAllOf: false });
  }
  for (const [at, one] of oneOf.entries()) yield* nestedRules(`${path}.oneOf[${at}]`, one, none);
  if (not) yield* nestedRules(`${path}.not`, not, none);
  const wrong = pattern ? regexpError(pattern) : undefined;
  if (wrong) yield invalid(`${path}.pattern`, pattern, `must be a valid regular expression, but isn't: ${wrong}`);
}

function regexpError(pattern: string): string | undefined {
  try {
    patternOf(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What restricts values says nothing else of them. */
function* nestedRules(path: string, schema: Schema, skip: Exceptions): Findings {
  yield* valueRules(path, schema, skip);
  const items = itemsSchema(schema);
  if (items) yield* nestedRules(`${path}.items`, items, none);
  for (const [name, property] of propertiesOf(schema)) {
    yield* nestedRules(`${path}.properties[${name}]`, property, none);
  }
  if (schema.type) yield forbidden(`${path}.type`, "must be empty to be structural");
  if (schema.additionalProperties !== undefined && schema.additionalProperties !== (false as unknown)) {
    yield forbidden(`${path}.additionalProperties`, "must be undefined to be structural");
  }
  for (const [member, text] of forbiddenWhenNested) {
    const value: unknown = schema[member];
    const isSet = text === "empty" && Array.isArray(value) ? value.length > 0 : isMemberSet(schema, member);
    if (isSet) yield forbidden(`${path}.${member}`, `must be ${text} to be structural`);
  }
  if (propertyOf(schema, "metadata")) {
    yield forbidden(`${path}.properties[metadata]`, "must not be specified in a nested context");
  }
}

const forbiddenWhenNested = [
  ["default", "undefined"],
  ["title", "empty"],
  ["description", "empty"],
  ["nullable", "false"],
  ["x-kubernetes-preserve-unknown-fields", "false"],
  ["x-kubernetes-embedded-resource", "false"],
  ["x-kubernetes-int-or-string", "false"],
  ["x-kubernetes-list-map-keys", "empty"],
  ["x-kubernetes-list-type", "undefined"],
  ["x-kubernetes-map-type", "undefined"],
  ["x-kubernetes-validations", "empty"],
] as const satisfies readonly (readonly [keyof Schema, string])[];

interface Places {
  /** Where the field has its type. */
  readonly here: string;
  /** Where its values are restricted. */
  readonly there: string;
}

/** Whatever the root restricts is a field that has a type. Upstream does not ask it of what other schemas restrict. */
function* completeness(rules: Schema, typed: Schema | undefined, places: Places): Findings {
  if (!typed) {
    yield required(places.here, `because it is defined in ${places.there}`);
    return;
  }
  const { not, allOf = [], anyOf = [], oneOf = [] } = rules;
  const { here, there } = places;
  if (not) yield* nestedCompleteness(not, typed, { here, there: `${there}.not` });
  for (const [name, list] of Object.entries({ allOf, anyOf, oneOf })) {
    for (const [at, one] of list.entries()) {
      yield* nestedCompleteness(one, typed, { here, there: `${there}.${name}[${at}]` });
    }
  }
}

function* nestedCompleteness(rules: Schema, typed: Schema | undefined, { here, there }: Places): Findings {
  yield* completeness(rules, typed, { here, there });
  if (!typed) return;
  const items = itemsSchema(rules);
  if (items) {
    yield* nestedCompleteness(items, itemsSchema(typed), { here: `${here}.items`, there: `${there}.items` });
  }
  for (const [name, property] of propertiesOf(rules)) {
    const at = `.properties[${name}]`;
    yield* nestedCompleteness(property, propertyOf(typed, name), { here: `${here}${at}`, there: `${there}${at}` });
  }
}
