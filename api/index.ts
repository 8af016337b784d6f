/** The built-in API, read once from the generated runtime table. */

import table from "./gen/schema.json" with { type: "json" };
import type { ResourceDef, Schema, TypeDef } from "./model.ts";

export type * from "./model.ts";

const types = new Map<string, TypeDef>();
for (const type of table.types as unknown as TypeDef[]) types.set(type.name, type);

/** Every type and resource of Kubernetes v1.35. */
export const schema: Schema = { types, resources: table.resources as unknown as ResourceDef[] };

/** The definition of a type, `core/v1.Pod`. Throws on a name that no table declares. */
export function typeNamed(name: string): TypeDef {
  const type = types.get(name);
  if (!type) throw new Error(`no API type ${name}`);
  return type;
}

/** `v1` or `apps/v1`. */
export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}
