/** The rules of every schema, structural or not, with those of Kubernetes' extensions to OpenAPI. */
import type { ValidationRule } from "#api/types/apiextensions.k8s.io/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { findField } from "./field-path.ts";
import { type ListRules, listErrors, mapListErrors } from "./list-rules.ts";
import { hasDefaults, itemsSchema, itemsSchemas, propertiesOf, type Schema, valuesSchema } from "./schema-walk.ts";
import { unsupportedMember } from "./structural-rules.ts";

const types = ["array", "boolean", "integer", "number", "object", "string"];
const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];
const ofEveryObject = new Set(["metadata", "kind", "apiVersion"]);

export const hasKnownType = ({ type }: Schema): boolean => !type || types.includes(type);

/** Where in a schema a schema stands, and what holds there. */
export interface Place extends ListRules {
  readonly isRoot: boolean;
  readonly knownTypes: boolean;
  /** Why a default may not stand here. */
  readonly noDefaults?: string;
  readonly insideMeta: boolean;
}

/** What is wrong with a schema. */
export interface Fault {
  /** Where the schema stands. */
  readonly of: string;
  readonly error: FieldError;
}

/** Of the schema and all below it. Expressions are not looked at. */
export function* schemaErrors(path: string, schema: Schema, place: Place): Generator<Fault> {
  const fault = (error: FieldError): Fault => ({ of: path, error });
  for (const error of ownErrors(path, schema, place)) yield fault(error);
  for (const error of memberErrors(path, schema)) yield fault(error);
  for (const [at, child, childPlace] of childrenOf(path, schema, place)) {
    yield* schemaErrors(at, child, { ...childPlace, isRoot: false });
  }
  for (const error of extensionErrors(path, schema, place)) yield fault(error);
  for (const error of ruleTexts(path, schema)) yield fault(error);
}

function* memberErrors(path: string, schema: Schema): Findings {
  if (schema.uniqueItems) {
    const text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    yield forbidden(`${path}.uniqueItems`, text);
  }
  const { additionalProperties } = schema;
  const hasValues = additionalProperties !== undefined && additionalProperties !== (true as unknown);
  if (hasValues && propertiesOf(schema).length > 0) {
    yield forbidden(`${path}.additionalProperties`, "additionalProperties and properties are mutual exclusive");
  }
}

function* ownErrors(path: string, schema: Schema, place: Place): Findings {
  const { type } = schema;
  if (place.knownTypes && !hasKnownType(schema)) yield notSupported(`${path}.type`, type, types);
  if (hasDefaults(schema) && place.noDefaults !== undefined) {
    yield forbidden(`${path}.default`, `must not be set ${place.noDefaults}`);
  }
  if (schema.id) yield forbidden(`${path}.id`, "id is not supported");
  if (schema.additionalItems !== undefined) {
    yield forbidden(`${path}.additionalItems`, "additionalItems is not supported");
  }
  for (const member of ["patternProperties", "definitions"] as const) {
    if (Object.keys(schema[member] ?? {}).length > 0)
      yield forbidden(`${path}.${member}`, `${member} is not supported`);
  }
  if (asSent(schema, "dependencies")) yield forbidden(`${path}.dependencies`, "dependencies is not supported");
  if (schema.$ref !== undefined) yield forbidden(`${path}.$ref`, "$ref is not supported");
  if (type === "null") {
    yield forbidden(`${path}.type`, "type cannot be set to null, use nullable as an alternative");
  }
  if (itemsSchemas(schema).length > 0) {
    yield forbidden(`${path}.items`, "items must be a schema object and not an array");
  }
  if (place.insideMeta && schema["x-kubernetes-embedded-resource"]) {
    yield forbidden(`${path}.x-kubernetes-embedded-resource`, "must not be used inside of resource meta");
  }
}

type Child = readonly [path: string, schema: Schema, place: Place];

function* childrenOf(path: string, schema: Schema, place: Place): Generator<Child> {
  const { allOf = [], oneOf = [], anyOf = [], not } = schema;
  const values = valuesSchema(schema);
  if (values) yield [`${path}.additionalProperties`, values, valuesPlace(place)];
  for (const [name, property] of propertiesOf(schema)) {
    yield [`${path}.properties[${name}]`, property, propertyPlace(name, schema, place)];
  }
  if (not) yield [`${path}.not`, not, place];
  for (const [name, list] of Object.entries({ allOf, oneOf, anyOf })) {
    for (const [at, one] of list.entries()) yield [`${path}.${name}[${at}]`, one, place];
  }
  for (const [name, one] of Object.entries((schema.definitions ?? {}) as Record<string, Schema>)) {
    yield [`${path}.definitions[${name}]`, one, place];
  }
  const single = itemsSchema(schema);
  if (single) yield [`${path}.items`, single, place];
  for (const [at, one] of itemsSchemas(schema).entries()) yield [`${path}.items[${at}]`, one, place];
  for (const [name, one] of Object.entries(schema.dependencies ?? {})) {
    if (!Array.isArray(one)) yield [`${path}.dependencies[${name}]`, one as Schema, place];
  }
}

const valuesPlace = (place: Place): Place =>
  place.insideMeta ? { ...place, noDefaults: "inside additionalProperties applying to object metadata" } : place;

function propertyPlace(name: string, schema: Schema, place: Place): Place {
  if (!ofEveryObject.has(name) || !(place.isRoot || schema["x-kubernetes-embedded-resource"])) return place;
  return place.isRoot
    ? { ...place, insideMeta: true, noDefaults: `in top-level ${name}` }
    : { ...place, insideMeta: true };
}

function* extensionErrors(path: string, schema: Schema, place: Place): Findings {
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    yield invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, "must be true or undefined");
  }
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType !== undefined && schema.type !== "object") {
    const text = "must be object if x-kubernetes-map-type is specified";
    yield schema.type ? invalid(`${path}.type`, schema.type, text) : required(`${path}.type`, text);
  }
  if (mapType !== undefined && !["atomic", "granular"].includes(mapType)) {
    yield notSupported(`${path}.x-kubernetes-map-type`, mapType, ["atomic", "granular"]);
  }
  yield* listErrors(path, schema, place);
  if (place.goodMapKeys) yield* mapListErrors(path, schema);
}

/** What is wrong with rules apart from their expressions. */
function* ruleTexts(path: string, schema: Schema): Findings {
  for (const [at, rule] of (schema["x-kubernetes-validations"] ?? []).entries()) {
    yield* ruleText(`${path}.x-kubernetes-validations[${at}]`, rule, schema);
  }
}

const hasLineBreaks = (text: string): boolean => /[\n\r]/.test(text);

function* ruleText(path: string, of: ValidationRule, schema: Schema): Findings {
  const { rule = "", message = "", messageExpression = "", reason, fieldPath = "" } = of;
  const [trimmedRule, trimmedMessage] = [rule.trim(), message.trim()];
  if (trimmedRule === "") yield required(`${path}.rule`, "rule is not specified");
  else if (message !== "" && trimmedMessage === "") {
    yield invalid(`${path}.message`, message, "must be non-empty if specified");
  } else if (hasLineBreaks(trimmedMessage)) yield invalid(`${path}.message`, message, "must not contain line breaks");
  else if (hasLineBreaks(trimmedRule) && trimmedMessage === "") {
    yield required(`${path}.message`, "message must be specified if rule contains line breaks");
  }
  if (messageExpression !== "" && messageExpression.trim() === "") {
    yield required(`${path}.messageExpression`, "messageExpression must be non-empty if specified");
  }
  if (reason !== undefined && !reasons.includes(reason)) yield notSupported(`${path}.reason`, reason, reasons);
  const at = `${path}.fieldPath`;
  if (fieldPath === "") return;
  if (fieldPath.trim() === "") yield invalid(at, fieldPath, "must be non-empty if specified");
  if (hasLineBreaks(fieldPath)) yield invalid(at, fieldPath, "must not contain line breaks");
  const isGood =
    unsupportedMember(schema) !== undefined || typeof findField(fieldPath, schema, { arrays: true }) !== "string";
  if (!isGood) yield invalid(at, fieldPath, "must be a valid path");
}
