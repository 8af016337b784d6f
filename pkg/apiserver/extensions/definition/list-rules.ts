/** Lists that are sets or maps. */
import { forbidden, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { printedSchema } from "./printed.ts";
import { itemsSchema, itemsSchemas, propertyOf, type Schema } from "./schema-walk.ts";

export interface ListRules {
  /** Items of sets must be compared as wholes. */
  readonly atomicSets: boolean;
  /** Keys of maps are always there. */
  readonly goodMapKeys: boolean;
}

const listTypes = ["atomic", "set", "map"];

export function* listErrors(path: string, schema: Schema, { atomicSets }: ListRules): Findings {
  const listType = schema["x-kubernetes-list-type"];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (listType !== undefined && schema.type !== "array") {
    const text = "must be array if x-kubernetes-list-type is specified";
    yield schema.type ? invalid(`${path}.type`, schema.type, text) : required(`${path}.type`, text);
  } else if (atomicSets && listType === "set") yield* setItems(`${path}.items`, itemsSchema(schema));
  if (listType !== undefined && !listTypes.includes(listType)) {
    yield notSupported(`${path}.x-kubernetes-list-type`, listType, listTypes);
  }
  if (keys.length > 0 && listType !== "map") {
    const text = "must be map if x-kubernetes-list-map-keys is non-empty";
    const at = `${path}.x-kubernetes-list-type`;
    yield listType === undefined ? required(at, text) : invalid(at, listType, text);
  }
  if (listType === "map") yield* mapKeys(path, schema, keys);
}

const mustBeAtomic = "must be atomic as item of a list with x-kubernetes-list-type=set";

/** The value that is shown is that of the list type, also where the map type is wrong: so upstream does. */
function* setItems(path: string, items: Schema | undefined): Findings {
  if (hasAtomicItems(items)) return;
  const member = items?.type === "array" ? "x-kubernetes-list-type" : "x-kubernetes-map-type";
  yield invalid(`${path}.${member}`, items?.["x-kubernetes-list-type"] ?? null, mustBeAtomic);
}

export function hasAtomicItems(items: Schema | undefined): boolean {
  if (items?.type === "array") return ["atomic", undefined].includes(items["x-kubernetes-list-type"]);
  return items?.type !== "object" || items["x-kubernetes-map-type"] === "atomic";
}

function* mapKeys(path: string, schema: Schema, keys: readonly string[]): Findings {
  const at = `${path}.x-kubernetes-list-map-keys`;
  const items = itemsSchema(schema);
  if (keys.length === 0) yield required(at, "must not be empty if x-kubernetes-list-type is map");
  if (!items) {
    const text = "must only have a single schema if x-kubernetes-list-type is map";
    const many = itemsSchemas(schema);
    if (schema.items === undefined) {
      yield required(`${path}.items`, "must have a schema if x-kubernetes-list-type is map");
    } else yield invalid(`${path}.items`, { Schema: null, JSONSchemas: many.map(printedSchema) }, text);
    return;
  }
  if (items.type !== "object") {
    const text = "must be object if parent array's x-kubernetes-list-type is map";
    yield invalid(`${path}.items.type`, items.type ?? "", text);
    return;
  }
  const seen = new Set<string>();
  for (const key of keys) {
    const property = propertyOf(items, key);
    if (!property) yield invalid(at, keys, "entries must all be names of item properties");
    else if (property.type === "array" || property.type === "object") {
      const text = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      yield invalid(`${path}.items.properties[${key}].type`, items.type, text);
    }
    if (seen.has(key)) yield invalid(at, keys, "must not contain duplicate entries");
    seen.add(key);
  }
}

export function* mapListErrors(path: string, schema: Schema): Findings {
  const listType = schema["x-kubernetes-list-type"];
  const items = itemsSchema(schema);
  if (!items || (listType !== "set" && listType !== "map")) return;
  if (items.nullable) {
    yield forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
  if (listType === "set") return;
  for (const key of schema["x-kubernetes-list-map-keys"] ?? []) {
    const property = propertyOf(items, key);
    if (!property) continue;
    const at = `${path}.items.properties[${key}]`;
    const hasDefault = property.default !== undefined && property.default !== null;
    if (!items.required?.includes(key) && !hasDefault) {
      const text =
        "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      yield required(`${at}.default`, text);
    }
    if (property.nullable) {
      const text = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
      yield forbidden(`${at}.nullable`, text);
    }
  }
}
