/** `/openapi/v2`, which clients ask for when v3 does not know a kind (kubectl: a `List`). */
import type { ResourceDef } from "#api/index.ts";
import { customSchemas, type PublishedResource } from "./custom.ts";
import { allSchemas, bearer, infoOf } from "./index.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { pathsOf } from "./paths.ts";
import { refsIn, type Schema } from "./schemas.ts";
import { resourcesPage, serverPages } from "./server-pages.ts";
import { lengthDelimited, namedSchemas } from "./v2-protobuf.ts";

/** What is answered to `…spec.v2@v1.0+protobuf`: an `@` has no place in a media type, and Go's clients refuse it. */
export const v2ProtobufMediaType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

const reference = (target: unknown): string => String(target).replace("#/components/schemas/", "#/definitions/");

/** Version 2 refers to `#/definitions/`, and has neither defaults, nor allOf around references, nor oneOf. */
function asV2({ allOf, oneOf, default: _, ...rest }: Schema): Schema {
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

/** What operations speak of, and what that refers to. */
function definitionsOf(operations: readonly Operation[], resources: readonly ResourceDef[]): [string, Schema][] {
  const all = allSchemas(resources);
  const used = new Map<string, Schema>();
  const visit = (name: string): void => {
    const schema = all.get(name);
    if (!schema || used.has(name)) return;
    used.set(name, asV2(schema));
    for (const other of refsIn(schema)) visit(other);
  };
  for (const { body, answers } of operations) {
    if (body) visit(body.schema);
    for (const name of Object.values(answers)) visit(name);
  }
  return [...used].sort(([a], [b]) => (a < b ? -1 : 1));
}

function allOperations(resources: readonly ResourceDef[]): Operation[] {
  const versions = new Map(resources.map((resource) => [`${resource.group}/${resource.version}`, resource]));
  return [
    ...serverPages(resources).values(),
    ...[...versions.values()].map(resourcesPage),
    ...resources.flatMap(operationsOf),
  ];
}

interface BuiltIn {
  readonly paths: Schema;
  readonly definitions: [string, Schema][];
}

/** Made once for a table of built-in resources: custom ones come and go, these do not. */
const built = new WeakMap<readonly ResourceDef[], BuiltIn>();

function builtInOf(resources: readonly ResourceDef[]): BuiltIn {
  let known = built.get(resources);
  if (!known) {
    const operations = allOperations(resources);
    known = { paths: pathsOf(operations, "v2"), definitions: definitionsOf(operations, resources) };
    built.set(resources, known);
  }
  return known;
}

const customDefinitions = (custom: readonly PublishedResource[]): [name: string, schema: Schema][] =>
  custom.flatMap((one) => customSchemas(one, "v2"));

export function openApiV2Json(
  resources: readonly ResourceDef[],
  version: string,
  custom: readonly PublishedResource[] = [],
): Buffer {
  const { paths, definitions } = builtInOf(resources);
  const customPaths = pathsOf(
    custom.flatMap(({ def }) => operationsOf(def)),
    "v2",
  );
  const document = {
    swagger: "2.0",
    info: infoOf(version),
    paths: { ...paths, ...customPaths },
    definitions: Object.fromEntries([...definitions, ...customDefinitions(custom)]),
    securityDefinitions: { BearerToken: bearer },
    security: [{ BearerToken: [] }],
  };
  return Buffer.from(JSON.stringify(document));
}

/** Made once for a table: they are a megabyte. */
const made = new WeakMap<readonly ResourceDef[], Buffer>();

/** `openapi.v2.Document{1: swagger, 2: Info{1: title, 2: version}, 8: paths, 9: definitions}`, without the paths. */
export function openApiV2Protobuf(
  resources: readonly ResourceDef[],
  version: string,
  custom: readonly PublishedResource[] = [],
): Buffer {
  let builtIn = made.get(resources);
  if (!builtIn) {
    builtIn = namedSchemas(builtInOf(resources).definitions);
    made.set(resources, builtIn);
  }
  const { title, version: called } = infoOf(version);
  const info = Buffer.concat([lengthDelimited(1, String(title)), lengthDelimited(2, String(called))]);
  return Buffer.concat([
    lengthDelimited(1, "2.0"),
    lengthDelimited(2, info),
    lengthDelimited(8, ""),
    lengthDelimited(9, Buffer.concat([builtIn, namedSchemas(customDefinitions(custom))])),
  ]);
}
