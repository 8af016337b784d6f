/** Lists that are sets or maps hold nothing twice. */
import { duplicate, type FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { asSchema, isObject, memberSchema, type Structural } from "./structural.ts";

type Json = Record<string, unknown>;

export function duplicateItems(value: unknown, schema: Structural | undefined, path = ""): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const items = asSchema(schema.items);
    const inside = items ? value.flatMap((item, at) => duplicateItems(item, items, `${path}[${at}]`)) : [];
    return [...repeated(value, schema, path), ...inside];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const isNamed = Object.hasOwn(schema.properties ?? {}, name);
    const step = isNamed ? `${path === "" ? "" : "."}${name}` : `[${name}]`;
    return duplicateItems(member, memberSchema(schema, name), `${path}${step}`);
  });
}

function repeated(list: readonly unknown[], schema: Structural, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const seen = new Map<string, boolean>();
  return list.flatMap((item, at) => {
    const identity = type === "set" ? item : keysOf(item, schema);
    const text = identityOf(identity);
    const wasTold = seen.get(text);
    seen.set(text, wasTold !== undefined);
    // The first that repeats is told, further ones are not.
    return wasTold === false ? [duplicate(`${path}[${at}]`, JSON.parse(text))] : [];
  });
}

/** The members by which an item of a map is known. */
export function keysOf(item: unknown, schema: Structural): Json {
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []).filter((key) => isObject(item) && Object.hasOwn(item, key));
  return Object.fromEntries(keys.map((key) => [key, (item as Json)[key]]));
}

/** The same for values that are equal, whatever the order of their members. */
export function identityOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(identityOf).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${identityOf(value[name])}`);
  return `{${members.join(",")}}`;
}
