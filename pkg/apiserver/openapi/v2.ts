/**
 * `/openapi/v2`, which clients ask for when v3 does not know a kind (kubectl: a `List`): the definitions, without paths.
 */
import type { ResourceDef } from "#api/index.ts";
import { allSchemas } from "./index.ts";
import type { Schema } from "./schemas.ts";
import { lengthDelimited, namedSchemas } from "./v2-protobuf.ts";

/** What is answered to `…spec.v2@v1.0+protobuf`: an `@` has no place in a media type, and Go's clients refuse it. */
export const v2ProtobufMediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const reference = (target: unknown): string => String(target).replace("#/components/schemas/", "#/definitions/");

/** Version 2 refers to `#/definitions/`, and has neither allOf around references nor oneOf. */
function asV2({ allOf, oneOf, ...rest }: Schema): Schema {
  const flat: Schema = Array.isArray(allOf) ? { ...(allOf[0] as Schema), ...rest } : rest;
  if (oneOf) flat["type"] = "string";
  return Object.fromEntries(Object.entries(flat).map(([name, value]) => [name, memberAsV2(name, value)]));
}

/** Of a schema's members only these hold schemas; properties may themselves be called like a member. */
function memberAsV2(name: string, value: unknown): unknown {
  if (name === "$ref") return reference(value);
  if (typeof value !== "object" || value === null) return value;
  if (name === "items" || name === "additionalProperties") return asV2(value as Schema);
  if (name !== "properties") return value;
  return Object.fromEntries(Object.entries(value).map(([property, schema]) => [property, asV2(schema as Schema)]));
}

function definitionsOf(resources: readonly ResourceDef[]): [name: string, schema: Schema][] {
  return [...allSchemas(resources)].map(([name, schema]) => [name, asV2(schema) as Schema]);
}

export function openApiV2Json(resources: readonly ResourceDef[], version: string): Buffer {
  const definitions = Object.fromEntries(definitionsOf(resources));
  return Buffer.from(
    JSON.stringify({ swagger: "2.0", info: { title: "Kubernetes", version }, paths: {}, definitions }),
  );
}

/** Made once for a table: it is a megabyte. */
const made = new WeakMap<readonly ResourceDef[], Buffer>();

/** `openapi.v2.Document{1: swagger, 2: Info{1: title, 2: version}, 8: paths, 9: definitions}`. */
export function openApiV2Protobuf(resources: readonly ResourceDef[], version: string): Buffer {
  const known = made.get(resources);
  if (known) return known;
  const info = Buffer.concat([lengthDelimited(1, "Kubernetes"), lengthDelimited(2, version)]);
  const definitions = namedSchemas(definitionsOf(resources));
  const document = Buffer.concat([
    lengthDelimited(1, "2.0"),
    lengthDelimited(2, info),
    lengthDelimited(8, ""),
    lengthDelimited(9, definitions),
  ]);
  made.set(resources, document);
  return document;
}
