/** Objects as the table that kubectl prints. */
import type { ResourceDef } from "#api/index.ts";
import type { ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import type { Cells } from "#pkg/apimachinery/table/cells.ts";
import { cellsOf } from "#pkg/registry/columns.ts";
import { columnText } from "./column-texts.ts";

/** What each row carries of its object (`includeObject`). */
export type TableObjects = "None" | "Metadata" | "Object";

/** What of a resource makes its tables. */
export interface Printed {
  readonly def: ResourceDef;
  /** Cells that the tables of built-in resources do not know. */
  readonly custom: { readonly columns: { readonly cells: Cells } } | undefined;
}

export interface TableOptions {
  readonly metadata: ListMeta;
  readonly objects: TableObjects;
  /** Of the table and what its rows hold: `meta.k8s.io/v1`. */
  readonly apiVersion: string;
  /** Later events of a watch leave the columns out: the first one named them. */
  readonly columns?: boolean;
}

export function tableOf(resource: Printed, objects: readonly KubeObject[], options: TableOptions): object {
  const now = new Date();
  return {
    kind: "Table",
    apiVersion: options.apiVersion,
    metadata: options.metadata,
    columnDefinitions: options.columns === false ? null : columnsOf(resource),
    rows: objects.map((object) => rowOf(resource, object, options, now)),
  };
}

export function columnsOf({ def }: Printed): object[] {
  return def.columns.map(({ name, type, format, wide, ...more }) => ({
    name,
    type,
    format,
    description: ("description" in more && more.description) || columnText(def, name),
    priority: wide ? 1 : 0,
  }));
}

/** In the order of the columns. */
export const cellsIn = ({ def, custom }: Printed, object: KubeObject, now: Date): unknown[] =>
  custom?.columns.cells(object, now) ?? cellsOf(def, object, now);

function rowOf(resource: Printed, object: KubeObject, { objects, apiVersion }: TableOptions, now: Date): object {
  const cells = cellsIn(resource, object, now);
  if (objects === "None") return { cells, object: null };
  if (objects === "Object") return { cells, object };
  return { cells, object: { kind: "PartialObjectMetadata", apiVersion, metadata: object.metadata } };
}

/** Reads `includeObject`. Throws 400 for anything else. */
export function tableObjectsOf(query: URLSearchParams): TableObjects {
  const value = query.get("includeObject");
  if (value === null || value === "" || value === "Metadata") return "Metadata";
  if (value === "None" || value === "Object") return value;
  const wrong = `includeObject: Invalid value: ${JSON.stringify(value)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: ${wrong}`);
}
