/** `/openapi/v2`, which clients ask for when v3 does not know a kind (kubectl: a `List`). */
import type { ResourceDef } from "#api/index.ts";
import { describedSchemas } from "./all-schemas.ts";
import { customSchemas, type PublishedResource } from "./custom.ts";
import { Packed } from "./document.ts";
import { bearer, infoOf } from "./index.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { pathsOf } from "./paths.ts";
import { refsIn, type Schema } from "./schemas.ts";
import { resourcesPage, serverPages } from "./server-pages.ts";
import { describeParameters, type Texts } from "./texts.ts";
import { shareParameters } from "./v2-parameters.ts";
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
function definitionsOf(operations: readonly Operation[], all: ReadonlyMap<string, Schema>): [string, Schema][] {
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

/** Of the built-in resources, and pages about the server. */
export function allOperations(resources: readonly ResourceDef[]): Operation[] {
  const versions = new Map(resources.map((resource) => [`${resource.group}/${resource.version}`, resource]));
  return [
    ...serverPages(resources).values(),
    ...[...versions.values()].map(resourcesPage),
    ...resources.flatMap(operationsOf),
  ];
}

/** The parts of a document that tell of some resources. */
interface Parts {
  readonly paths: Readonly<Record<string, Schema>>;
  readonly definitions: readonly [string, Schema][];
  readonly parameters: ReadonlyMap<string, Schema>;
}

function partsOf(operations: readonly Operation[], definitions: readonly [string, Schema][], texts: Texts): Parts {
  const parameters = new Map<string, Schema>();
  const paths = pathsOf(
    operations.map((one) => describeParameters(one, texts)),
    "v2",
  );
  return { paths: shareParameters(paths, parameters), definitions, parameters };
}

function builtInParts(resources: readonly ResourceDef[]): Parts {
  const { schemas, texts } = describedSchemas(resources);
  const operations = allOperations(resources);
  return partsOf(operations, definitionsOf(operations, schemas), texts);
}

function customParts(resources: readonly ResourceDef[], custom: readonly PublishedResource[]): Parts {
  if (custom.length === 0) return { paths: {}, definitions: [], parameters: new Map() };
  const { texts } = describedSchemas(resources);
  const operations = custom.flatMap(({ def }) => operationsOf(def));
  const definitions = custom.flatMap((one) => customSchemas(one, { version: "v2", texts }));
  return partsOf(operations, definitions, texts);
}

/** Members of JSON objects, without the braces. */
function membersOf(entries: Iterable<readonly [string, Schema]>): Buffer {
  const comma = Buffer.from(",");
  const parts = Array.from(entries, ([name, value]) => Buffer.from(`${JSON.stringify(name)}:${JSON.stringify(value)}`));
  return Buffer.concat(parts.flatMap((part, i) => (i === 0 ? [part] : [comma, part])));
}

interface BuiltIn {
  readonly paths: Packed;
  readonly definitions: Packed;
  readonly parameters: ReadonlyMap<string, Schema>;
}

/** Made once for a table of built-in resources: custom ones come and go, these do not. */
const asJson = new WeakMap<readonly ResourceDef[], BuiltIn>();
const asProtobuf = new WeakMap<readonly ResourceDef[], Packed>();

function packParts(resources: readonly ResourceDef[]): BuiltIn {
  const { paths, definitions, parameters } = builtInParts(resources);
  return {
    paths: new Packed(membersOf(Object.entries(paths))),
    definitions: new Packed(membersOf(definitions)),
    parameters,
  };
}

function packMessages(resources: readonly ResourceDef[]): Packed {
  const { schemas } = describedSchemas(resources);
  return new Packed(namedSchemas(definitionsOf(allOperations(resources), schemas)));
}

export function openApiV2Json(
  resources: readonly ResourceDef[],
  version: string,
  custom: readonly PublishedResource[] = [],
): Buffer {
  const builtIn = asJson.getOrInsertComputed(resources, packParts);
  const { paths, definitions, parameters } = customParts(resources, custom);
  const customPaths = Object.entries(paths);
  const shared = new Map([...builtIn.parameters, ...parameters].sort(([a], [b]) => (a < b ? -1 : 1)));
  const own = customPaths.length === 0 ? [] : [",", membersOf(customPaths)];
  const ownDefinitions = definitions.length === 0 ? [] : [",", membersOf(definitions)];
  const parts = [
    `{"swagger":"2.0","info":${JSON.stringify(infoOf(version))},"paths":{`,
    builtIn.paths.bytes,
    ...own,
    '},"definitions":{',
    builtIn.definitions.bytes,
    ...ownDefinitions,
    '},"parameters":{',
    membersOf(shared),
    `},"securityDefinitions":${JSON.stringify({ BearerToken: bearer })}`,
    `,"security":${JSON.stringify([{ BearerToken: [] }])}}`,
  ];
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

/** `openapi.v2.Document{1: swagger, 2: Info{1: title, 2: version}, 8: paths, 9: definitions}`, without the paths. */
export function openApiV2Protobuf(
  resources: readonly ResourceDef[],
  version: string,
  custom: readonly PublishedResource[] = [],
): Buffer {
  const { title, version: called } = infoOf(version);
  const info = Buffer.concat([lengthDelimited(1, String(title)), lengthDelimited(2, String(called))]);
  const builtIn = asProtobuf.getOrInsertComputed(resources, packMessages);
  const { definitions } = customParts(resources, custom);
  return Buffer.concat([
    lengthDelimited(1, "2.0"),
    lengthDelimited(2, info),
    lengthDelimited(8, ""),
    lengthDelimited(9, Buffer.concat([builtIn.bytes, namedSchemas(definitions)])),
  ]);
}
