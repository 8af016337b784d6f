/** How fields of custom resources are owned: what server-side apply and managedFields see of a schema. */
import {
  type AppliedKind,
  appliedKindOf,
  leaf,
  type Shape,
  type StructShape,
  structField,
  structShape,
} from "#pkg/apimachinery/apply/index.ts";
import { asSchema, keepsUnknown, rootMembers, type Structural } from "./structural.ts";

/** Fields that nobody describes: every object is owned member by member, everything else as a whole. */
const deduced: StructShape = {
  kind: "struct",
  fields: [],
  byName: new Map(),
  get rest() {
    return deduced;
  },
};

function shapeOf(schema: Structural): Shape {
  if (schema["x-kubernetes-int-or-string"]) return leaf;
  if (schema.type === "array") return listShape(schema);
  if (schema.type !== "object" && !schema.properties) return keepsUnknown(schema) ? deduced : leaf;
  if (schema["x-kubernetes-map-type"] === "atomic") return leaf;
  const values = asSchema(schema.additionalProperties);
  if (values && !schema.properties) return { kind: "map", of: shapeOf(values) };
  const fields = () =>
    Object.entries(schema.properties ?? {}).map(([name, member]) => structField(name, shapeOf(member as Structural)));
  const rest = values ? shapeOf(values) : keepsUnknown(schema) ? deduced : undefined;
  return structShape(fields, { rest });
}

function listShape(schema: Structural): Shape {
  const items = asSchema(schema.items);
  const type = schema["x-kubernetes-list-type"] ?? "atomic";
  if (type === "set") return { kind: "set" };
  if (type !== "map" || !items) return leaf;
  const properties = (items.properties ?? {}) as Record<string, Structural>;
  const names = (schema["x-kubernetes-list-map-keys"] ?? []).toSorted();
  const keys = names.map((name) => ({ name, default: properties[name]?.default }));
  return { kind: "listMap", keys, of: shapeOf(items) };
}

/** How server-side apply sees objects of this schema. */
export function appliedCustomKind(schema: Structural | undefined): AppliedKind {
  // Any built-in kind lends its metadata.
  const metadata = appliedKindOf("core/v1.ConfigMap").shape.byName.get("metadata");
  const content = schema ? shapeOf(schema) : deduced;
  const fields = () => [
    ...(content.kind === "struct" ? content.fields.filter(({ name }) => !rootMembers.has(name)) : []),
    ...(metadata ? [metadata] : []),
  ];
  const rest = content.kind === "struct" ? content.rest : undefined;
  const shape = structShape(fields, { rest, unowned: new Set(["apiVersion", "kind"]) });
  return { shape, empty: { metadata: {} } };
}
