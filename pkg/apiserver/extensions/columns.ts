/** The table of a custom resource: its printer columns, read by JSON path. */
import type { Column } from "#api/index.ts";
import type { CustomResourceColumnDefinition } from "#api/types/apiextensions.k8s.io/v1";
import { JsonPath } from "#pkg/apimachinery/jsonpath/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Cells } from "#pkg/apimachinery/table/cells.ts";
import { ageOf } from "#pkg/apimachinery/table/duration.ts";

export interface PrintedColumns {
  readonly columns: readonly (Column & { readonly description: string })[];
  readonly cells: Cells;
}

const name: Column & { description: string } = {
  name: "Name",
  type: "string",
  format: "name",
  wide: false,
  description: "",
};

const age: CustomResourceColumnDefinition = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

export function printedColumns(definitions: readonly CustomResourceColumnDefinition[] | undefined): PrintedColumns {
  const own = definitions?.length ? definitions : [age];
  const readers = own.map(({ jsonPath, type }) => ({ path: new JsonPath(jsonPath), type }));
  return {
    columns: [
      name,
      ...own.map(({ name: title, type, format = "", priority = 0, description, jsonPath }) => ({
        name: title,
        type,
        format,
        wide: priority > 0,
        description:
          own[0] === age ? "" : description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      })),
    ],
    cells: (object: Readonly<KubeObject>, now: Date) => [
      object.metadata.name ?? "",
      ...readers.map(({ path, type }) => cellOf(path.find(object), type, now)),
    ],
  };
}

/** A value that is not of the column's type is not shown. */
function cellOf(found: readonly unknown[], type: string, now: Date): unknown {
  const [value] = found;
  if (value === undefined || value === null) return null;
  switch (type) {
    case "integer":
      return typeof value === "number" && Number.isInteger(value) ? value : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    case "date":
      return typeof value === "string" && !Number.isNaN(Date.parse(value)) ? ageOf(value, now) : "<invalid>";
    default:
      return found.length > 1 || typeof value === "object" ? printAll(found) : value;
  }
}

const printAll = (found: readonly unknown[]): string =>
  found.length > 1 ? JSON.stringify(found) : JSON.stringify(found[0]);
