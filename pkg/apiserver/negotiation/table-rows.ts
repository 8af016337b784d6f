/** Rows of long tables, one after the other: what a row holds of its object is the object's own bytes. */
import type { StoredObject } from "#pkg/storage/types.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import { jsonOf, partialJson, passingObject } from "./objects.ts";
import { cellsIn, type TableOptions } from "./tables.ts";

const nothing = [Buffer.from("null")];
const rowEnd = Buffer.from("}");

/** Makes JSON of rows, in pieces. All of them tell ages of the same moment. */
export function rowsOf(
  resource: ServedResource,
  { objects, apiVersion }: TableOptions,
): (stored: StoredObject) => readonly Buffer[] {
  const now = new Date();
  const shown = {
    None: () => nothing,
    Metadata: (stored: StoredObject) => partialJson(stored, resource, apiVersion),
    Object: (stored: StoredObject) => [jsonOf(stored, resource, false)],
  }[objects];
  return (stored) => {
    const cells = JSON.stringify(cellsIn(resource, passingObject(stored, resource), now));
    return [Buffer.from(`{"cells":${cells},"object":`), ...shown(stored), rowEnd];
  };
}
