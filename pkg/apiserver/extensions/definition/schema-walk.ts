/** The parts of an OpenAPI schema. */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";

export type Schema = JSONSchemaProps;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `items` may be one schema or a list of them. */
export const itemsSchema = ({ items }: Schema): Schema | undefined => (isSchema(items) ? items : undefined);
export const itemsSchemas = ({ items }: Schema): readonly Schema[] => (Array.isArray(items) ? (items as Schema[]) : []);

/** `additionalProperties` may be a schema or a bool. */
export const valuesSchema = ({ additionalProperties: of }: Schema): Schema | undefined =>
  isSchema(of) ? of : undefined;

export const propertiesOf = ({ properties }: Schema): [string, Schema][] =>
  Object.entries((properties ?? {}) as Record<string, Schema>).sort(([a], [b]) => (a < b ? -1 : 1));

export function propertyOf({ properties }: Schema, name: string): Schema | undefined {
  return properties && Object.hasOwn(properties, name) ? (properties[name] as Schema) : undefined;
}

/** The schema itself and all below it. */
export function* everySchema(schema: Schema): Generator<Schema> {
  yield schema;
  for (const child of childrenOf(schema)) yield* everySchema(child);
}

function* childrenOf(schema: Schema): Generator<Schema> {
  const { items, allOf, anyOf, oneOf, not, properties, additionalProperties, additionalItems } = schema;
  yield* [items].flat().filter(isSchema);
  yield* [...(allOf ?? []), ...(anyOf ?? []), ...(oneOf ?? []), not].filter(isSchema);
  for (const map of [properties, schema.patternProperties, schema.definitions, schema.dependencies]) {
    yield* Object.values(map ?? {}).filter(isSchema);
  }
  yield* [additionalProperties, additionalItems].filter(isSchema);
}

export const anySchema = (schemas: readonly Schema[], test: (schema: Schema) => boolean): boolean =>
  schemas.some((schema) => everySchema(schema).some(test));

export const hasDefaults = (schema: Schema): boolean => schema.default !== undefined && schema.default !== null;

/** Members of which upstream cannot tell an empty value from none. */
const plainMembers = new Set<keyof Schema>([
  "id",
  "$schema",
  "description",
  "type",
  "format",
  "title",
  "pattern",
  "nullable",
  "uniqueItems",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "x-kubernetes-embedded-resource",
  "x-kubernetes-int-or-string",
]);

export function isMemberSet(schema: Schema, member: keyof Schema): boolean {
  const value = schema[member];
  if (value === undefined || value === null) return false;
  return !plainMembers.has(member) || (value !== "" && value !== false);
}

/** Members with a value, but for those that document the schema and say nothing else. */
export const saidMembers = (schema: Schema): (keyof Schema)[] =>
  (Object.keys(schema) as (keyof Schema)[]).filter(
    (member) => member !== "externalDocs" && member !== "example" && isMemberSet(schema, member),
  );

export const hasExtensions = (schema: Schema): boolean =>
  schema["x-kubernetes-embedded-resource"] === true ||
  schema["x-kubernetes-preserve-unknown-fields"] !== undefined ||
  schema["x-kubernetes-int-or-string"] === true ||
  (schema["x-kubernetes-list-map-keys"]?.length ?? 0) > 0 ||
  schema["x-kubernetes-list-type"] !== undefined ||
  (schema["x-kubernetes-validations"]?.length ?? 0) > 0;
