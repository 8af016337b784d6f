/** Which message a kind is. */
import { schema, type TypeName } from "#api/index.ts";

/** The type of a resource, or of one of the kinds that every group version shares (`Status`, `DeleteOptions`). */
export function typeOfKind({ apiVersion, kind }: { apiVersion: string; kind: string }): TypeName | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const resource = schema.resources.find((r) => r.group === group && r.version === version && r.kind === kind);
  if (resource) return resource.type;
  const names = [`${group || "core"}/${version}.${kind}`, `meta/v1.${kind}`];
  return names.find((name) => schema.types.has(name));
}
