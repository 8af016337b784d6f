/** What lists of stored objects are put together of, in every view. */
import type { ListMeta } from "#api/types/meta/v1";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ListParts } from "./list-pieces.ts";
import { partialJson, servedObject } from "./objects.ts";
import type { Representation } from "./representation.ts";
import { rowsOf } from "./table-rows.ts";
import { type TableObjects, tableOf } from "./tables.ts";

export interface ListOf {
  readonly form: Representation;
  /** What the list says it is; tables know for themselves. */
  readonly identity: { readonly kind: string; readonly apiVersion: string };
  readonly metadata: ListMeta;
  /** Of tables: what a row carries of its object. */
  readonly rows: TableObjects;
}

export function partsOf(items: readonly StoredObject[], resource: ServedResource, list: ListOf): ListParts {
  const { form, identity, metadata, rows } = list;
  const { viewVersion } = form;
  const parts = (around: object, jsonOfItem: (stored: StoredObject) => readonly Buffer[]): ListParts => ({
    around,
    count: items.length,
    item: (at) => jsonOfItem(items[at] as StoredObject),
  });
  switch (form.view) {
    case "table": {
      const options = { metadata, objects: rows, apiVersion: viewVersion };
      return parts(tableOf(resource, [], options), rowsOf(resource, options));
    }
    case "metadata":
      return parts({ ...identity, metadata, items: [] }, (stored) => partialJson(stored, resource, viewVersion));
    case "object":
      return parts({ ...identity, metadata, items: [] }, (stored) => [itemJson(stored, resource)]);
  }
}

/** Items of built-in lists do not repeat what the list says of their kind. */
function itemJson(stored: StoredObject, resource: ServedResource): Buffer {
  const object = servedObject(stored, resource);
  const { kind: _, apiVersion: __, ...rest } = object;
  return Buffer.from(JSON.stringify(resource.isCustom ? object : rest));
}
