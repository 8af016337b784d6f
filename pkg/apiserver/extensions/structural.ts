/**
 * What the schema of a custom resource says of its objects: which fields exist, which values they have by default, and how
 * fields are owned. https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import {
  type AppliedKind,
  appliedKindOf,
  leaf,
  type Shape,
  type StructShape,
  structField,
  structShape,
} from "#pkg/apimachinery/apply/index.ts";
import { setKey } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson } from "#pkg/apimachinery/json.ts";

type Json = Record<string, unknown>;

/** A schema as it is stored; members that are a schema or a bool are either. */
export type Structural = JSONSchemaProps;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asSchema = (value: unknown): Structural | undefined => (isObject(value) ? (value as Structural) : undefined);

const rootMembers = new Set(["apiVersion", "kind", "metadata"]);

/** The schema of a member: undefined for one that the schema does not name. */
function memberSchema(schema: Structural, name: string): Structural | undefined {
  const properties = schema.properties ?? {};
  if (Object.hasOwn(properties, name)) return properties[name] as Structural;
  return asSchema(schema.additionalProperties);
}

const keepsUnknown = (schema: Structural): boolean =>
  schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === (true as unknown);

/** Drops what the schema does not name; returns the paths of what was dropped. */
export function prune(object: Json, schema: Structural | undefined): string[] {
  const dropped: string[] = [];
  if (schema) pruneMembers(object, schema, { path: "", isRoot: true, dropped });
  return dropped;
}

interface Pruning {
  readonly path: string;
  /** A whole object, whose type and metadata are not the schema's. */
  readonly isRoot: boolean;
  readonly dropped: string[];
}

function pruneValue(value: unknown, schema: Structural, { path, dropped }: Omit<Pruning, "isRoot">): void {
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    for (const [at, item] of value.entries()) if (items) pruneValue(item, items, { path: `${path}[${at}]`, dropped });
  } else if (isObject(value)) {
    pruneMembers(value, schema, { path, isRoot: schema["x-kubernetes-embedded-resource"] === true, dropped });
  }
}

function pruneMembers(value: Json, schema: Structural, { path, isRoot, dropped }: Pruning): void {
  for (const name of Object.keys(value)) {
    if (isRoot && rootMembers.has(name)) continue;
    const here = path === "" ? name : `${path}.${name}`;
    const member = memberSchema(schema, name);
    if (member) pruneValue(value[name], member, { path: here, dropped });
    else if (!keepsUnknown(schema)) {
      delete value[name];
      dropped.push(here);
    }
  }
}

/** Fills in defaults, in place. A null where null is no value counts as absent when there is a default. */
export function applyDefaults(value: unknown, schema: Structural | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    if (items) for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const member = property as Structural;
    const present = Object.hasOwn(value, name) ? value[name] : undefined;
    const isMissing = present === undefined || (present === null && !member.nullable);
    if (isMissing && member.default !== undefined) setKey(value, name, cloneJson(member.default));
  }
  for (const name of Object.keys(value)) {
    const member = memberSchema(schema, name);
    if (member) applyDefaults(value[name], member);
  }
}

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
