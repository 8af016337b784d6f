/**
 * What the schema of a custom resource says of its objects: which fields exist, and which values they have by default.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
 */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import { isRawNumber, setKey } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { pruneEmbedded } from "./embedded.ts";

type Json = Record<string, unknown>;

/** A schema as it is stored; members that are a schema or a bool are either. */
export type Structural = JSONSchemaProps;

/** An object with members: no list, and no number that is kept as a text. */
export const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !isRawNumber(value);
export const asSchema = (value: unknown): Structural | undefined =>
  isObject(value) ? (value as Structural) : undefined;

export const rootMembers = new Set(["apiVersion", "kind", "metadata"]);

/** The schema of a member: undefined for one that the schema does not name. */
export function memberSchema(schema: Structural, name: string): Structural | undefined {
  const properties = schema.properties ?? {};
  if (Object.hasOwn(properties, name)) return properties[name] as Structural;
  return asSchema(schema.additionalProperties);
}

export const keepsUnknown = (schema: Structural): boolean =>
  schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties === (true as unknown);

/** The schema with numbers for the texts of numbers that a decoder keeps exact; the same object where there are none. */
export function withPlainNumbers(schema: Structural): Structural {
  return hasRawNumber(schema) ? (JSON.parse(JSON.stringify(schema)) as Structural) : schema;
}

/** Whether a number in it is kept as a text. */
export function hasRawNumber(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return isRawNumber(value) || Object.values(value).some(hasRawNumber);
}

/**
 * Drops what the schema does not name; returns the paths of what was dropped, in the order in which they are told. Throws
 * EmbeddedError for whole objects inside whose metadata is none; without `strict` such are let be.
 */
export function prune(
  object: Json,
  schema: Structural | undefined,
  { strict = false }: { readonly strict?: boolean } = {},
): string[] {
  const pruning = { path: "", isRoot: true, strict, dropped: [] as string[], ofMetadata: [] as string[] };
  if (schema) pruneMembers(object, schema, pruning);
  return [...pruning.dropped.sort(), ...pruning.ofMetadata.sort()];
}

interface Pruning {
  readonly path: string;
  /** A whole object, whose type and metadata are not the schema's. */
  readonly isRoot: boolean;
  readonly strict: boolean;
  readonly dropped: string[];
  /** Members of metadata of objects inside. */
  readonly ofMetadata: string[];
}

function pruneValue(value: unknown, schema: Structural, pruning: Pruning): void {
  const { path, strict, ofMetadata } = pruning;
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    for (const [at, item] of value.entries())
      if (items) pruneValue(item, items, { ...pruning, path: `${path}[${at}]` });
  } else if (isObject(value)) {
    const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
    if (isEmbedded) ofMetadata.push(...pruneEmbedded(value, path, strict));
    pruneMembers(value, schema, { ...pruning, isRoot: isEmbedded });
  }
}

function pruneMembers(value: Json, schema: Structural, pruning: Pruning): void {
  const { path, isRoot, dropped } = pruning;
  for (const name of Object.keys(value)) {
    if (isRoot && rootMembers.has(name)) continue;
    const here = path === "" ? name : `${path}.${name}`;
    const member = memberSchema(schema, name);
    if (member) pruneValue(value[name], member, { ...pruning, path: here });
    else if (!keepsUnknown(schema)) {
      delete value[name];
      dropped.push(here);
    }
  }
}

/** A null where null is no value and nothing takes its place is no member at all. In place. */
export function dropNulls(value: unknown, schema: Structural | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    if (items) for (const item of value) dropNulls(item, items);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const member = memberSchema(schema, name);
      if (!member) continue;
      if (value[name] === null && !member.nullable && member.default === undefined) delete value[name];
      else dropNulls(value[name], member);
    }
  }
}

/** Fills in defaults, in place. A null where null is no value counts as absent when there is a default. */
export function applyDefaults(value: unknown, schema: Structural | undefined): void {
  if (!schema) return;
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    if (!items) return;
    for (const [at, item] of value.entries()) {
      if (item === null && !items.nullable && items.default !== undefined) value[at] = cloneJson(items.default);
      applyDefaults(value[at], items);
    }
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

/** Nulls that are no values go, defaults come. In place. */
export function complete(object: KubeObject, schema: Structural | undefined): void {
  dropNulls(object, schema);
  applyDefaults(object, schema);
}

/** The object as the schema wants it: itself when it is so already. */
export function tidy(object: KubeObject, schema: Structural | undefined): KubeObject {
  if (!schema) return object;
  const copy = cloneJson(object);
  prune(copy as unknown as Json, schema);
  complete(copy, schema);
  return sameJson(copy, object) ? object : copy;
}
