/** Definitions and schemas as upstream prints them in error texts: Go's names, every field. */
import type { CustomResourceColumnDefinition, ValidationRule } from "#api/types/apiextensions.k8s.io/v1";
import { inKeyOrder } from "#pkg/apimachinery/sorted-keys.ts";
import type { InternalVersion } from "./internal.ts";
import type { Schema } from "./schema-walk.ts";

type Printed = Record<string, unknown>;
type Member = readonly [goName: string, jsonName: keyof Schema, print: (value: never) => unknown];

const orEmpty = (value: string | undefined): string => value ?? "";
const orFalse = (value: boolean | undefined): boolean => value ?? false;
const orNull = (value: unknown): unknown => value ?? null;
const schemas = (list: readonly Schema[] | undefined): unknown => list?.map(printedSchema) ?? null;
const one = (schema: Schema | undefined): unknown => (schema ? printedSchema(schema) : null);
const map = (of: Readonly<Record<string, Schema>> | undefined): unknown =>
  of ? inKeyOrder(Object.fromEntries(Object.entries(of).map(([name, schema]) => [name, printedSchema(schema)]))) : null;
const schemaOrArray = (of: Schema | readonly Schema[] | undefined): unknown => {
  if (!of) return null;
  return Array.isArray(of)
    ? { Schema: null, JSONSchemas: of.map(printedSchema) }
    : { Schema: printedSchema(of as Schema), JSONSchemas: null };
};
const schemaOrBool = (of: Schema | boolean | undefined): unknown => {
  if (of === undefined) return null;
  return typeof of === "boolean" ? { Allows: of, Schema: null } : { Allows: true, Schema: printedSchema(of) };
};
const dependencies = (of: Readonly<Record<string, Schema | readonly string[]>> | undefined): unknown =>
  of
    ? inKeyOrder(
        Object.fromEntries(
          Object.entries(of).map(([name, value]) => [
            name,
            Array.isArray(value)
              ? { Schema: null, Property: value }
              : { Schema: printedSchema(value as Schema), Property: null },
          ]),
        ),
      )
    : null;
const documentation = (of: { description?: string; url?: string } | undefined): unknown =>
  of ? { Description: of.description ?? "", URL: of.url ?? "" } : null;

/** In upstream's order. */
export const schemaMembers: readonly Member[] = [
  ["ID", "id", orEmpty],
  ["Schema", "$schema", orEmpty],
  ["Ref", "$ref", orNull],
  ["Description", "description", orEmpty],
  ["Type", "type", orEmpty],
  ["Nullable", "nullable", orFalse],
  ["Format", "format", orEmpty],
  ["Title", "title", orEmpty],
  ["Default", "default", orNull],
  ["Maximum", "maximum", orNull],
  ["ExclusiveMaximum", "exclusiveMaximum", orFalse],
  ["Minimum", "minimum", orNull],
  ["ExclusiveMinimum", "exclusiveMinimum", orFalse],
  ["MaxLength", "maxLength", orNull],
  ["MinLength", "minLength", orNull],
  ["Pattern", "pattern", orEmpty],
  ["MaxItems", "maxItems", orNull],
  ["MinItems", "minItems", orNull],
  ["UniqueItems", "uniqueItems", orFalse],
  ["MultipleOf", "multipleOf", orNull],
  ["Enum", "enum", orNull],
  ["MaxProperties", "maxProperties", orNull],
  ["MinProperties", "minProperties", orNull],
  ["Required", "required", orNull],
  ["Items", "items", schemaOrArray],
  ["AllOf", "allOf", schemas],
  ["OneOf", "oneOf", schemas],
  ["AnyOf", "anyOf", schemas],
  ["Not", "not", one],
  ["Properties", "properties", map],
  ["AdditionalProperties", "additionalProperties", schemaOrBool],
  ["PatternProperties", "patternProperties", map],
  ["Dependencies", "dependencies", dependencies],
  ["AdditionalItems", "additionalItems", schemaOrBool],
  ["Definitions", "definitions", map],
  ["ExternalDocs", "externalDocs", documentation],
  ["Example", "example", orNull],
  ["XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields", orNull],
  ["XEmbeddedResource", "x-kubernetes-embedded-resource", orFalse],
  ["XIntOrString", "x-kubernetes-int-or-string", orFalse],
  ["XListMapKeys", "x-kubernetes-list-map-keys", orNull],
  ["XListType", "x-kubernetes-list-type", orNull],
  ["XMapType", "x-kubernetes-map-type", orNull],
  ["XValidations", "x-kubernetes-validations", (rules?: readonly ValidationRule[]) => rules?.map(printedRule) ?? null],
];

export function printedSchema(schema: Schema): Printed {
  return Object.fromEntries(schemaMembers.map(([goName, name, print]) => [goName, print(schema[name] as never)]));
}

export const printedRule = (rule: ValidationRule): Printed => ({
  Rule: rule.rule ?? "",
  Message: rule.message ?? "",
  MessageExpression: rule.messageExpression ?? "",
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? "",
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});

const printedColumn = (column: CustomResourceColumnDefinition): Printed => ({
  Name: column.name ?? "",
  Type: column.type ?? "",
  Format: column.format ?? "",
  Description: column.description ?? "",
  Priority: column.priority ?? 0,
  JSONPath: column.jsonPath ?? "",
});

function printedSubresources({ status, scale }: NonNullable<InternalVersion["subresources"]>): Printed {
  return {
    Status: status ? {} : null,
    Scale: scale
      ? {
          SpecReplicasPath: scale.specReplicasPath ?? "",
          StatusReplicasPath: scale.statusReplicasPath ?? "",
          LabelSelectorPath: scale.labelSelectorPath ?? null,
        }
      : null,
  };
}

export const printedVersion = (version: InternalVersion): Printed => ({
  Name: version.name,
  Served: version.served,
  Storage: version.storage,
  Deprecated: version.deprecated,
  DeprecationWarning: version.deprecationWarning ?? null,
  Schema: version.schema ? { OpenAPIV3Schema: one(version.schema.openAPIV3Schema) } : null,
  Subresources: version.subresources ? printedSubresources(version.subresources) : null,
  AdditionalPrinterColumns: version.additionalPrinterColumns?.map(printedColumn) ?? null,
  SelectableFields: version.selectableFields?.map(({ jsonPath }) => ({ JSONPath: jsonPath ?? "" })) ?? null,
});
