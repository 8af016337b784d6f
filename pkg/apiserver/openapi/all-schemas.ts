/** Every schema of the built-in API by its name, and with what is said of it. */
import { type ResourceDef, schema } from "#api/index.ts";
import { knownGroupVersions } from "./known-versions.ts";
import { type GroupVersionKind, leafSchemas, listSchema, objectSchema, type Schema, schemaName } from "./schemas.ts";
import { serverSchemas } from "./server-schemas.ts";
import { describeSchema, readTexts, type Texts } from "./texts.ts";

/** Without descriptions. */
export function allSchemas(resources: readonly ResourceDef[]): Map<string, Schema> {
  const kinds = kindsByType(resources);
  const out = new Map<string, Schema>(Object.entries({ ...leafSchemas, ...serverSchemas }));
  for (const type of schema.types.values())
    out.set(schemaName(type.name), objectSchema(type, kinds.get(type.name) ?? []));
  for (const resource of resources)
    if (resource.verbs.includes("list")) out.set(`${schemaName(resource.type)}List`, listSchema(resource));
  return out;
}

function kindsByType(resources: readonly ResourceDef[]): Map<string, GroupVersionKind[]> {
  const kinds = new Map<string, GroupVersionKind[]>();
  const add = (type: string, kind: GroupVersionKind) => {
    const known = kinds.get(type) ?? [];
    if (!known.some((k) => k.group === kind.group && k.version === kind.version && k.kind === kind.kind))
      known.push(kind);
    kinds.set(type, known);
  };
  for (const resource of resources) {
    add(resource.type, resource);
    for (const sub of resource.subresources) {
      const type = `${sub.group === "" ? "core" : sub.group}/${sub.version}.${sub.kind}`;
      if (schema.types.has(type) && !sub.kind.endsWith("Options")) add(type, sub);
    }
  }
  for (const { group, version } of knownGroupVersions) {
    add("meta/v1.DeleteOptions", { group, version, kind: "DeleteOptions" });
    add("meta/v1.WatchEvent", { group, version, kind: "WatchEvent" });
  }
  for (const kind of ["APIGroup", "APIVersions"]) add(`meta/v1.${kind}`, { group: "", version: "v1", kind });
  add("meta/v1.Status", { group: "", version: "v1", kind: "Status" });
  return kinds;
}

/** What documents are made from. */
export interface Described {
  readonly schemas: ReadonlyMap<string, Schema>;
  readonly texts: Texts;
}

let last: { readonly of: readonly ResourceDef[]; readonly described: WeakRef<Described> } | undefined;

/** Made anew when nobody needed them for a while: they are some megabytes, and asked for seldom. */
export function describedSchemas(resources: readonly ResourceDef[]): Described {
  const known = last?.of === resources ? last.described.deref() : undefined;
  if (known) return known;
  const texts = readTexts();
  const schemas = new Map([...allSchemas(resources)].map(([name, of]) => [name, describeSchema(name, of, texts)]));
  const described = { schemas, texts };
  last = { of: resources, described: new WeakRef(described) };
  return described;
}
