/** What an applier is told when others own what it wants to change. Texts as clients print and parse them. */
import type { StatusCause } from "#api/types/meta/v1";
import { StatusError } from "../status-error.ts";
import { type FieldSet, pathsOf, printPath } from "./field-set.ts";
import type { Entry } from "./managers.ts";

export interface Conflict {
  readonly entry: Entry;
  readonly fields: FieldSet;
}

/** 409 with one cause for each field. */
export function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const found = conflicts
    .flatMap(({ entry, fields }) =>
      [...pathsOf(fields)].map((path) => ({ manager: printManager(entry), path: printPath(path) })),
    )
    .sort((a, b) => (a.manager === b.manager ? 0 : a.manager < b.manager ? -1 : 1));
  const causes: StatusCause[] = found.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${manager}`,
    field: path,
  }));
  return new StatusError("Conflict", messageOf(found), { details: { causes } });
}

function messageOf(found: readonly { manager: string; path: string }[]): string {
  const [first] = found;
  if (first && found.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${first.manager}: ${first.path}`;
  }
  const byManager = Map.groupBy(found, ({ manager }) => manager);
  const texts = [...byManager].flatMap(([manager, fields]) => [
    `conflicts with ${manager}:`,
    ...fields.map(({ path }) => `- ${path}`),
  ]);
  return `Apply failed with ${found.length} conflicts: ${texts.join("\n")}`;
}

function printManager({ manager = "", operation, apiVersion = "", subresource }: Entry): string {
  const name = JSON.stringify(manager) + (subresource ? ` with subresource ${JSON.stringify(subresource)}` : "");
  return operation === "Update" ? `${name} using ${apiVersion}` : name;
}
