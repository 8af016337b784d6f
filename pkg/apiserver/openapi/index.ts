/** The OpenAPI v3 documents: an index, and one document for each group version. */
import { createHash } from "node:crypto";
import { type ResourceDef, schema } from "#api/index.ts";
import { customSchemas, type PublishedResource } from "./custom.ts";
import { knownGroupVersions } from "./known-versions.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { pathsOf } from "./paths.ts";
import {
  type GroupVersionKind,
  leafSchemas,
  listSchema,
  objectSchema,
  refsIn,
  type Schema,
  schemaName,
} from "./schemas.ts";
import { resourcesPage, serverPages } from "./server-pages.ts";
import { serverSchemas } from "./server-schemas.ts";

export interface Document {
  readonly bytes: Buffer;
  readonly hash: string;
}

/** Every schema of the API by its name. */
export function allSchemas(resources: readonly ResourceDef[]): Map<string, Schema> {
  const kinds = kindsByType(resources);
  const out = new Map<string, Schema>(Object.entries({ ...leafSchemas, ...serverSchemas }));
  for (const type of schema.types.values())
    out.set(schemaName(type.name), objectSchema(type, kinds.get(type.name) ?? []));
  for (const resource of resources)
    if (resource.verbs.includes("list")) out.set(`${schemaName(resource.type)}List`, listSchema(resource));
  return out;
}

function kindsByType(resources: readonly ResourceDef[]): Map<string, GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>();
  const add = (type: string, kind: GroupVersionKind) => {
    const known = kinds.get(type) ?? [];
    if (!known.some((k) => k.group === kind.group && k.version === kind.version && k.kind === kind.kind))
      known.push(kind);
    kinds.set(type, known);
  };
  for (const resource of resources) {
    add(resource.type, resource);
    for (const sub of resource.subresources) {
      const type = `${sub.group === "" ? "core" : sub.group}/${sub.version}.${sub.kind}`;
      if (schema.types.has(type) && !sub.kind.endsWith("Options")) add(type, sub);
    }
  }
  for (const { group, version } of knownGroupVersions) {
    add("meta/v1.DeleteOptions", { group, version, kind: "DeleteOptions" });
    add("meta/v1.WatchEvent", { group, version, kind: "WatchEvent" });
  }
  for (const kind of ["APIGroup", "APIVersions"]) add(`meta/v1.${kind}`, { group: "", version: "v1", kind });
  add("meta/v1.Status", { group: "", version: "v1", kind: "Status" });
  return kinds;
}

/** Built when first asked for: nobody may ever want them. */
export class OpenApiDocuments {
  readonly #resources: readonly ResourceDef[];
  readonly #version: string;
  readonly #custom: readonly PublishedResource[];
  readonly #documents = new Map<string, Document>();
  #schemas: Map<string, Schema> | undefined;
  #index: Document | undefined;

  constructor(resources: readonly ResourceDef[], version: string, custom: readonly PublishedResource[] = []) {
    this.#resources = resources;
    this.#version = version;
    this.#custom = custom;
  }

  /** `/openapi/v3`: where the documents are, with the hash of each. */
  index(): Document {
    this.#index ??= documentOf({
      paths: Object.fromEntries(
        this.#paths().map((path) => [
          path,
          { serverRelativeURL: `/openapi/v3/${path}?hash=${this.document(path)!.hash}` },
        ]),
      ),
    });
    return this.#index;
  }

  /** `api/v1`, `apis/apps/v1`, and what is told of discovery: `apis/apps`, `version`. */
  document(path: string): Document | undefined {
    const known = this.#documents.get(path);
    if (known) return known;
    const operations = this.#operationsAt(path);
    if (operations.length === 0) return undefined;
    const document = documentOf(this.#build(operations));
    this.#documents.set(path, document);
    return document;
  }

  #all(): ResourceDef[] {
    return [...this.#resources, ...this.#custom.map(({ def }) => def)];
  }

  #paths(): string[] {
    const all = this.#all();
    return [...new Set([...all.map(pathOf), ...serverPages(all).keys()])].sort();
  }

  #operationsAt(path: string): Operation[] {
    const all = this.#all();
    const page = serverPages(all).get(path);
    if (page) return [page];
    const resources = all.filter((resource) => pathOf(resource) === path);
    const [first] = resources;
    return first ? [resourcesPage(first), ...resources.flatMap(operationsOf)] : [];
  }

  #build(operations: readonly Operation[]): Schema {
    this.#schemas ??= new Map([...allSchemas(this.#resources), ...this.#custom.flatMap((one) => customSchemas(one))]);
    const paths = pathsOf(operations, "v3");
    const schemas: Record<string, Schema> = {};
    const visit = (value: unknown): void => {
      for (const name of refsIn(value)) {
        const found = this.#schemas?.get(name);
        if (!found || Object.hasOwn(schemas, name)) continue;
        schemas[name] = found;
        visit(found);
      }
    };
    visit(paths);
    const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1)));
    return {
      openapi: "3.0.0",
      info: infoOf(this.#version),
      paths,
      components: {
        ...(Object.keys(sorted).length > 0 ? { schemas: sorted } : {}),
        securitySchemes: { BearerToken: bearer },
      },
    };
  }
}

/** `v1.35.4` → what the documents call themselves: `1.35`. */
export function infoOf(version: string): Schema {
  return { title: "Kubernetes", version: /\d+\.\d+/.exec(version)?.[0] ?? version };
}

export const bearer: Schema = {
  type: "apiKey",
  description: "Bearer Token authentication",
  name: "authorization",
  in: "header",
};

const pathOf = ({ group, version }: ResourceDef): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

/** An index with further entries. */
export function mergedIndex(index: Document, entries: Readonly<Record<string, object>>): Document {
  const { paths } = JSON.parse(index.bytes.toString()) as { paths: Record<string, object> };
  const all = Object.entries({ ...paths, ...entries }).sort(([a], [b]) => (a < b ? -1 : 1));
  return documentOf({ paths: Object.fromEntries(all) });
}

function documentOf(value: object): Document {
  const bytes = Buffer.from(JSON.stringify(value));
  return { bytes, hash: createHash("sha512").update(bytes).digest("hex").toUpperCase() };
}
