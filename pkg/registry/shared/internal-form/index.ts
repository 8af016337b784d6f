/**
 * Objects as upstream prints them in error texts: in the shape of its internal types, whose field names are Go's and
 * whose fields are all written, even when empty.
 */
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { inKeyOrder } from "#pkg/apimachinery/sorted-keys.ts";
import { configurationTypes } from "./configuration-types.ts";
import { internalTypes } from "./types.ts";
import { volumeTypes } from "./volume-types.ts";

type Members = Readonly<Record<string, unknown>>;

interface InternalField {
  readonly name: string;
  readonly json: string;
  /** Reads `json` from the object around this one. */
  readonly outer: boolean;
  readonly kind: string;
}

const tables = new Map([internalTypes, volumeTypes, configurationTypes].flatMap((text) => [...parseTypes(text)]));

function parseTypes(text: string): Map<string, InternalField[]> {
  const types = new Map<string, InternalField[]>();
  let current: InternalField[] = [];
  for (const line of text.trim().split("\n")) {
    if (!line.startsWith(" ")) {
      current = [];
      types.set(line.trim(), current);
    } else for (const word of line.trim().split(/\s+/)) current.push(parseField(word));
  }
  return types;
}

function parseField(word: string): InternalField {
  if (word.startsWith("...")) return { name: "", json: "", outer: false, kind: word };
  const [names = "", kind = ""] = word.split(":");
  const [name = "", path = name.charAt(0).toLowerCase() + name.slice(1)] = names.split("/");
  const outer = path.startsWith("^");
  return { name, json: outer ? path.slice(1) : path, outer, kind };
}

/** `value`, an object of the API, as upstream's internal type of this name. Undefined becomes null. */
export function internalForm(value: unknown, type: string, outer: Members = {}): unknown {
  if (value === undefined || value === null) return null;
  const out: Record<string, unknown> = {};
  fill(out, value as Members, type, outer);
  return out;
}

function fill(out: Record<string, unknown>, value: Members, type: string, outer: Members): void {
  const fields = tables.get(type);
  if (!fields) throw new Error(`no internal type ${type}`);
  for (const field of fields) {
    if (field.kind === "...meta") Object.assign(out, sortedMaps((value["metadata"] ?? {}) as Members));
    else if (field.kind.startsWith("...")) fill(out, value, field.kind.slice(3), value);
    else out[field.name] = internalField(asSent(field.outer ? outer : value, field.json), field.kind, value);
  }
}

const zeroes = new Map<string, unknown>([
  ["s", ""],
  ["n", 0],
  ["b", false],
  ["q", "0"],
  ["i", 0],
]);

function internalField(value: unknown, kind: string, parent: Members): unknown {
  if (zeroes.has(kind)) return value ?? zeroes.get(kind);
  if (kind === "?" || kind === "[]" || kind === "m") return sorted(value ?? null, kind === "m");
  if (kind.startsWith("[]")) {
    if (value === undefined || value === null) return null;
    return (value as unknown[]).map((item) => internalForm(item, kind.slice(2), parent));
  }
  if (kind.startsWith("*")) return internalForm(value, kind.slice(1), parent);
  return internalForm(value ?? {}, kind, parent);
}

const maps = new Set(["matchLabels", "labels", "annotations"]);

/** A value whose maps of labels and annotations are in Go's order. */
export const withSortedMaps = (value: unknown): unknown => sorted(value, false);

function sorted(value: unknown, isMap: boolean): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return isMap ? inKeyOrder(value as Members) : sortedMaps(value as Members);
}

function sortedMaps(value: Members): Members {
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, maps.has(key) && item ? inKeyOrder(item as Members) : item]),
  );
}

/** JSON as Go indents and escapes it. */
export function prettyGoJson(value: unknown): string {
  return JSON.stringify(value, null, 1).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
