/** How many of the descriptions in two documents are the same words. Pure. */

export type Place = "definitions" | "properties" | "operations" | "parameters" | "columns";

export interface Difference {
  /** `io.k8s.api.core.v1.PodSpec.nodeName`, `GET /api/v1/pods`, `GET /api/v1/pods query/limit`. */
  readonly at: string;
  /** Undefined: says nothing of it. */
  readonly upstream: string | undefined;
  readonly ours: string | undefined;
}

export interface Count {
  /** That upstream has. */
  of: number;
  equal: number;
  /** Only the white space differs. */
  spaced: number;
  readonly differ: Difference[];
}

type Json = Readonly<Record<string, unknown>>;

/**
 * So many of upstream's descriptions must be ours, of one. Columns that show no single field say it in our own words, and so do
 * times and quantities, which are defined in every document of version 3.
 */
const floors: Readonly<Record<Place, number>> = {
  definitions: 0.96,
  properties: 0.995,
  operations: 1,
  parameters: 0.999,
  columns: 0.7,
};
const places = Object.keys(floors) as readonly Place[];

export class Descriptions {
  readonly counts = new Map<Place, Count>(places.map((place) => [place, { of: 0, equal: 0, spaced: 0, differ: [] }]));

  /** Of a document of OpenAPI in either version. */
  compareDocuments(upstream: Json, ours: Json): void {
    this.#compareMaps("definitions", definitionsOf(upstream), definitionsOf(ours));
    this.#compareMaps("properties", propertiesOf(upstream), propertiesOf(ours));
    this.#compareMaps("operations", operationsOf(upstream), operationsOf(ours));
    this.#compareMaps("parameters", parametersOf(upstream), parametersOf(ours));
  }

  /** Of the same table; `at` is the path that was asked. */
  compareColumns(at: string, upstream: unknown, ours: unknown): void {
    this.#compareMaps("columns", columnsOf(at, upstream), columnsOf(at, ours));
  }

  #compareMaps(place: Place, upstream: Words, ours: Words): void {
    const count = this.counts.get(place) as Count;
    for (const at of new Set([...upstream.keys(), ...ours.keys()])) {
      const [a, b] = [upstream.get(at), ours.get(at)];
      if (a !== undefined) count.of += 1;
      if (a === b) count.equal += a === undefined ? 0 : 1;
      else {
        if (a !== undefined && b !== undefined && words(a) === words(b)) count.spaced += 1;
        count.differ.push({ at, upstream: a, ours: b });
      }
    }
  }

  /** Places of which too few descriptions are equal. */
  tooFew(): Place[] {
    return places.filter((place) => {
      const { equal, of } = this.counts.get(place) as Count;
      return equal < of * floors[place];
    });
  }

  /** A row for each place that anything was said of; `label` stands before it. */
  rows(label: string): string[] {
    const counts = [...this.counts].filter(([, { of }]) => of > 0);
    return counts.map(([place, { of, equal, spaced, differ }]) => {
      const absent = differ.filter(({ ours }) => ours === undefined).length;
      const more = differ.filter(({ upstream }) => upstream === undefined).length;
      return `| ${label}${place} | ${of} | ${equal} | ${spaced} | ${differ.length - spaced - absent - more} | ${absent} | ${more} |`;
    });
  }
}

export const tableHead = [
  "| descriptions of | upstream has | equal | differ in white space | differ | absent | only ours |",
  "|---|---|---|---|---|---|---|",
];

const words = (text: string): string => text.replace(/\s+/g, " ").trim();

/** By what is described; undefined: described with nothing. */
type Words = ReadonlyMap<string, string | undefined>;

/** An empty description says nothing. */
const wordsOf = (of: unknown): string | undefined => ((of as Json)["description"] as string | undefined) || undefined;

function schemasOf(document: Json): [name: string, schema: Json][] {
  const { components = {}, definitions } = document as { components?: Json; definitions?: Json };
  return Object.entries((definitions ?? components["schemas"] ?? {}) as Record<string, Json>);
}

const definitionsOf = (document: Json): Words => new Map(schemasOf(document).map(([name, of]) => [name, wordsOf(of)]));

const propertiesOf = (document: Json): Words =>
  new Map(
    schemasOf(document).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties as Json).map(([field, of]) => [`${name}.${field}`, wordsOf(of)] as const),
    ),
  );

interface Item {
  readonly path: string;
  readonly method: string;
  readonly of: Json;
}

function itemsOf({ paths = {} }: { readonly paths?: unknown }): Item[] {
  return Object.entries(paths as Record<string, Json>).flatMap(([path, item]) =>
    Object.entries(item).map(([method, of]) => ({ path, method, of: of as Json })),
  );
}

/** Parameters of all methods of a path stand beside the methods. */
const isOperation = ({ method }: Item): boolean => method !== "parameters";

const operationsOf = (document: Json): Words =>
  new Map(
    itemsOf(document)
      .filter(isOperation)
      .map(({ path, method, of }) => [`${method} ${path}`, wordsOf(of)]),
  );

function parametersOf(document: Json): Words {
  const shared = (document["parameters"] ?? {}) as Record<string, Json>;
  const resolved = (one: Json): Json => shared[String(one["$ref"]).slice("#/parameters/".length)] ?? one;
  return new Map(
    itemsOf(document).flatMap((item) => {
      const list = (isOperation(item) ? (item.of["parameters"] ?? []) : item.of) as readonly Json[];
      return list.map((one) => {
        const parameter = resolved(one);
        return [`${item.method} ${item.path} ${parameter["in"]}/${parameter["name"]}`, wordsOf(parameter)] as const;
      });
    }),
  );
}

function columnsOf(at: string, table: unknown): Words {
  const { columnDefinitions = [] } = table as { columnDefinitions?: readonly Json[] };
  return new Map(columnDefinitions.map((column) => [`${at} ${column["name"]}`, wordsOf(column)]));
}
