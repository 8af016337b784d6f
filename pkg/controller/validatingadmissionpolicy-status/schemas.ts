/** Types of objects for expressions, from the schemas that the server publishes. */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import type { celTypes } from "#pkg/apimachinery/cel/index.ts";
import { declare } from "#pkg/apimachinery/cel/schema/index.ts";

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Published extends Record<string, unknown> {
  readonly $ref?: string;
  readonly allOf?: readonly Published[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Published>>;
  readonly additionalProperties?: Published | boolean;
  readonly items?: Published;
  readonly "x-kubernetes-group-version-kind"?: readonly GroupVersionKind[];
}

/** A document of OpenAPI v3. */
export interface SchemaDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Published>> };
}

const prefix = "#/components/schemas/";

/** The type of a kind; undefined: the document does not describe it. */
export function typeOf({ components }: SchemaDocument, wanted: GroupVersionKind): celTypes.Type | undefined {
  const schemas = components?.schemas ?? {};
  const found = Object.values(schemas).find((schema) =>
    schema["x-kubernetes-group-version-kind"]?.some(
      ({ group, version, kind }) => group === wanted.group && version === wanted.version && kind === wanted.kind,
    ),
  );
  if (!found) return undefined;
  const whole = resolved(found, schemas, new Map());
  return declare(whole, !hasMetadata(whole))?.type;
}

/** Objects of most kinds say all that there is about their metadata; others are given what every object has. */
function hasMetadata({ properties = {} }: JSONSchemaProps): boolean {
  const { apiVersion, kind, metadata } = properties as Record<string, JSONSchemaProps | undefined>;
  const { name, generateName } = (metadata?.properties ?? {}) as Record<string, JSONSchemaProps | undefined>;
  return [apiVersion, kind, name, generateName].every((member) => member?.type === "string");
}

/** References may stand in an `allOf`, beside which a field says its own. */
const refOf = ({ $ref, allOf }: Published): string | undefined =>
  $ref ?? allOf?.map(refOf).find((ref) => ref !== undefined);

/** Without references. A type that contains itself ends as an object of which nothing is known. */
function resolved(
  schema: Published,
  schemas: Readonly<Record<string, Published>>,
  known: Map<string, JSONSchemaProps>,
): JSONSchemaProps {
  const ref = refOf(schema)?.slice(prefix.length);
  if (ref !== undefined) {
    const before = known.get(ref);
    if (before) return before;
    const target = Object.hasOwn(schemas, ref) ? schemas[ref] : undefined;
    known.set(ref, { type: "object" });
    const whole = target ? resolved(target, schemas, known) : {};
    known.set(ref, whole);
    return whole;
  }
  const { properties, additionalProperties, items, format } = schema;
  const of = (member: Published) => resolved(member, schemas, known);
  return {
    ...schema,
    ...(format === "int-or-string" ? { "x-kubernetes-int-or-string": true } : {}),
    ...(properties
      ? { properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, of(member)])) }
      : {}),
    ...(typeof additionalProperties === "object" ? { additionalProperties: of(additionalProperties) } : {}),
    ...(items ? { items: of(items) } : {}),
  } as Record<string, unknown> as JSONSchemaProps;
}
