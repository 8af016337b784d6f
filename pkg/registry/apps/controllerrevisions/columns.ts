import type { ControllerRevision } from "#api/types/apps/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const controllerRevisionCells: Cells<ControllerRevision> = (revision, now) => [
  nameOf(revision),
  controllerOf(revision),
  revision.revision,
  age(revision, now),
];

/** `deployment.apps/web`. */
function controllerOf({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find((o) => o.controller);
  if (!owner) return "<none>";
  const slash = owner.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : `.${owner.apiVersion.slice(0, slash)}`;
  return `${owner.kind.toLowerCase()}${group}/${owner.name}`;
}
