/** Objects as the table that kubectl prints. */
import type { ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { cellsOf } from "#pkg/registry/columns.ts";
import type { ServedResource } from "../resources/served-resource.ts";

/** What each row carries of its object (`includeObject`). */
export type TableObjects = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly metadata: ListMeta;
  readonly objects: TableObjects;
  /** Later events of a watch leave the columns out: the first one named them. */
  readonly columns?: boolean;
}

export function tableOf(resource: ServedResource, objects: readonly KubeObject[], options: TableOptions): object {
  const now = new Date();
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: options.metadata,
    columnDefinitions: options.columns === false ? null : columnsOf(resource),
    rows: objects.map((object) => rowOf(resource, object, options.objects, now)),
  };
}

export function columnsOf({ def }: ServedResource): object[] {
  return def.columns.map(({ name, type, format, wide, ...more }) => ({
    name,
    type,
    format,
    description: "description" in more ? more.description : "",
    priority: wide ? 1 : 0,
  }));
}

export function rowOf(resource: ServedResource, object: KubeObject, carry: TableObjects, now: Date): object {
  const cells = resource.custom?.columns.cells(object, now) ?? cellsOf(resource.def, object, now);
  if (carry === "None") return { cells, object: null };
  if (carry === "Object") return { cells, object };
  return { cells, object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata } };
}

/** Reads `includeObject`. Throws 400 for anything else. */
export function tableObjectsOf(query: URLSearchParams): TableObjects {
  const value = query.get("includeObject");
  if (value === null || value === "" || value === "Metadata") return "Metadata";
  if (value === "None" || value === "Object") return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}
