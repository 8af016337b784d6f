/** The OpenAPI v3 documents: an index, and one document for each group version. */
import type { ResourceDef } from "#api/index.ts";
import { Stretch } from "#pkg/apimachinery/stretch.ts";
import { type Described, describedSchemas } from "./all-schemas.ts";
import { customSchemas, type PublishedResource } from "./custom.ts";
import { type Document, packedDocument } from "./document.ts";
import { serverGroups } from "./known-versions.ts";
import { type Operation, operationsOf } from "./operations.ts";
import { pathsOf } from "./paths.ts";
import { type GroupVersionKind, refsIn, type Schema, schemaName } from "./schemas.ts";
import { resourcesPage, serverPages } from "./server-pages.ts";
import { describeParameters } from "./texts.ts";

interface Kept {
  /** What the document tells of. */
  readonly of: readonly ResourceDef[];
  readonly document: Document;
}

const isSame = (a: readonly ResourceDef[], b: readonly ResourceDef[]): boolean =>
  a.length === b.length && a.every((one, i) => one === b[i]);

export interface OpenApiOptions {
  readonly resources: readonly ResourceDef[];
  /** `v1.35.4` */
  readonly version: string;
  readonly custom?: readonly PublishedResource[];
  /** Of an earlier state of the table: what it made of definitions that are the same is still right. */
  readonly earlier?: OpenApiDocuments | undefined;
}

/** Built when first asked for: nobody may ever want them. */
export class OpenApiDocuments {
  readonly #builtIn: readonly ResourceDef[];
  readonly #version: string;
  readonly #custom: ReadonlyMap<string, readonly PublishedResource[]>;
  readonly #resources: ReadonlyMap<string, readonly ResourceDef[]>;
  readonly #pages: ReadonlyMap<string, Operation>;
  readonly #kept: Map<string, Kept>;
  #index: Promise<Document> | undefined;

  constructor({ resources, version, custom = [], earlier }: OpenApiOptions) {
    const all = [...resources, ...custom.map(({ def }) => def)];
    this.#builtIn = resources;
    this.#version = version;
    this.#custom = Map.groupBy(custom, ({ def }) => pathOf(def));
    this.#resources = Map.groupBy(all, pathOf);
    this.#pages = serverPages(resources);
    const isRight = ([path, { of }]: [string, Kept]) =>
      (of.length > 0 || this.#pages.has(path)) && isSame(of, this.#at(path));
    this.#kept = new Map([...(earlier ? earlier.#kept : [])].filter(isRight));
  }

  /** `/openapi/v3`: where the documents are, with the hash of each. Others get their turns while it is made. */
  index(): Promise<Document> {
    this.#index ??= this.#buildIndex();
    return this.#index;
  }

  /** `api/v1`, `apis/apps/v1`, and what is told of discovery: `apis/apps`, `version`. */
  document(path: string): Document | undefined {
    return this.#kept.get(path)?.document ?? this.#build(path);
  }

  #at(path: string): readonly ResourceDef[] {
    return this.#resources.get(path) ?? [];
  }

  async #buildIndex(): Promise<Document> {
    const described = describedSchemas(this.#builtIn);
    const entries: [string, object][] = [];
    const stretch = new Stretch();
    for (const path of [...this.#resources.keys(), ...this.#pages.keys()].sort()) {
      const { hash } = (this.#kept.get(path)?.document ?? this.#build(path, described)) as Document;
      entries.push([path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }]);
      if (stretch.isOver) await stretch.giveWay();
    }
    return documentOf({ paths: Object.fromEntries(entries) });
  }

  #operationsAt(path: string): Operation[] {
    const page = this.#pages.get(path);
    if (page) return [page];
    const resources = this.#at(path);
    const [first] = resources;
    const isCustom = this.#custom.has(path);
    return first ? [...(isCustom ? [] : [resourcesPage(first)]), ...resources.flatMap(operationsOf)] : [];
  }

  #build(path: string, known?: Described): Document | undefined {
    const operations = this.#operationsAt(path);
    if (operations.length === 0) return undefined;
    const described = known ?? describedSchemas(this.#builtIn);
    const paths = pathsOf(
      operations.map((one) => describeParameters(one, described.texts)),
      "v3",
    );
    const schemas = this.#schemasFor(path, paths, described);
    const isCustom = this.#custom.has(path);
    const document = documentOf({
      openapi: "3.0.0",
      info: isCustom ? customInfo : infoOf(this.#version),
      paths,
      components: {
        ...(Object.keys(schemas).length > 0 ? { schemas } : {}),
        ...(isCustom ? {} : { securitySchemes: { BearerToken: bearer } }),
      },
    });
    this.#kept.set(path, { of: this.#at(path), document });
    return document;
  }

  /** Those that the paths refer to, and what these refer to in turn. */
  #schemasFor(path: string, paths: Schema, { schemas, texts }: Described): Schema {
    const custom = this.#custom.get(path) ?? [];
    const own = new Map(custom.flatMap((one) => customSchemas(one, { version: "v3", texts })));
    if (custom.length > 0) own.set(deleteOptions, ofClients(schemas.get(deleteOptions) ?? {}));
    const used = new Map<string, Schema>();
    const visit = (value: unknown): void => {
      for (const name of refsIn(value)) {
        const found = own.get(name) ?? schemas.get(name);
        if (!found || used.has(name)) continue;
        used.set(name, found);
        visit(found);
      }
    };
    visit(paths);
    return Object.fromEntries([...used].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

const deleteOptions = schemaName("meta/v1.DeleteOptions");
const kinds = "x-kubernetes-group-version-kind";

/** A schema of a kind that every group version has, as documents of custom resources have it. */
function ofClients(schema: Schema): Schema {
  const known = (schema[kinds] ?? []) as readonly GroupVersionKind[];
  return { ...schema, [kinds]: known.filter(({ group }) => !serverGroups.has(group)) };
}

/** What upstream calls the documents of custom resources. */
const customInfo: Schema = { title: "Kubernetes CRD Swagger", version: "v0.1.0" };

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

const documentOf = (value: object): Document => packedDocument(Buffer.from(JSON.stringify(value)));
