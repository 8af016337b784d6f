/** Reads the `.api` tables. The format is described in `docs/api-tables.md`. */
import assert from "node:assert/strict";
import type {
  Column,
  Field,
  ListKind,
  PatchDirective,
  ResourceDef,
  Scalar,
  Subresource,
  TypeDef,
  TypeRef,
  Union,
} from "./model.ts";

export interface Table {
  readonly group: string;
  readonly version: string;
  /** The folder, which names the group in type names: `core` for the empty group. */
  readonly room: string;
  readonly rooms: readonly string[];
  readonly types: TypeDef[];
  readonly resources: ResourceDef[];
}

const scalars = new Set<string>([
  "string",
  "bool",
  "int32",
  "int64",
  "float64",
  "bytes",
  "quantity",
  "intOrString",
  "time",
  "microTime",
  "raw",
  "json",
  "fieldsV1",
  "any",
]);

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Parses one table. `room` is its folder and `rooms` are all folders of `api/`, so that `authentication.UserInfo` finds
 * `authentication.k8s.io`. Throws, naming file and line, on what it does not understand.
 */
export function parseTable(text: string, room: string, rooms: readonly string[]): Table {
  const table: Draft<Table> = { group: "", version: "", room, rooms, types: [], resources: [] };
  let kind: Draft<ResourceDef> | undefined;
  let type: { name: string; fields: Field[]; union?: Union; atomic?: true; choice?: true } | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.replace(/(?:^|\s+)#.*$/, "").trimEnd();
    if (line === "") continue;
    const words = splitWords(line);
    const [head, ...rest] = words;
    assert(head !== undefined);
    try {
      if (!line.startsWith(" ")) {
        kind = undefined;
        type = undefined;
        if (head === "group") table.group = rest[0] === '""' || rest[0] === "" ? "" : (rest[0] ?? "");
        else if (head === "version") table.version = rest[0] ?? "";
        else if (head === "kind") {
          kind = newResource(table, rest[0] ?? "");
          table.resources.push(kind);
        } else if (head === "type") {
          type = { name: `${room}/${table.version}.${rest[0]}`, fields: [] };
          if (rest[1] === "atomic") type.atomic = true;
          table.types.push(type);
        } else throw new Error(`unknown declaration ${head}`);
      } else if (kind) parseKindLine(kind, head, rest);
      else if (type && head === "union") type.union = { discriminator: rest[0] ?? "", members: rest.slice(1) };
      else if (type) {
        if (rest[0] === "|") type.choice = true;
        type.fields.push(parseField(words, table));
      } else throw new Error("a line outside of a kind or type");
    } catch (cause) {
      throw new Error(`${room}/${table.version}.api:${index + 1}: ${line.trim()}`, { cause });
    }
  }
  return table;
}

function newResource(table: Table, kind: string): Draft<ResourceDef> {
  return {
    group: table.group,
    version: table.version,
    kind,
    plural: "",
    singular: "",
    shortNames: [],
    categories: [],
    namespaced: false,
    verbs: [],
    subresources: [],
    columns: [],
    type: `${table.room}/${table.version}.${kind}`,
  };
}

const kindWords = new Set(["plural", "singular", "short", "category", "namespaced", "cluster"]);

function parseKindLine(kind: Draft<ResourceDef>, head: string, rest: string[]): void {
  if (head === "verbs") kind.verbs = rest;
  else if (head === "deprecated") kind.deprecation = unquote(rest.join(" "));
  else if (head === "column") kind.columns = [...kind.columns, parseColumn(rest)];
  else if (head === "subresource") kind.subresources = [...kind.subresources, parseSubresource(kind, rest)];
  else {
    let word = "";
    for (const next of [head, ...rest]) {
      if (kindWords.has(next)) {
        word = next;
        if (next === "namespaced") kind.namespaced = true;
      } else if (word === "plural") kind.plural = next;
      else if (word === "singular") kind.singular = next;
      else if (word === "short") kind.shortNames = [...kind.shortNames, next];
      else if (word === "category") kind.categories = [...kind.categories, next];
      else throw new Error(`unexpected word ${next}`);
    }
  }
}

function parseColumn([name = "", type = "", ...rest]: string[]): Column {
  return { name: unquote(name), type, format: rest.find((w) => w !== "wide") ?? "", wide: rest.includes("wide") };
}

function parseSubresource(kind: ResourceDef, [name = "", of = "", ...verbs]: string[]): Subresource {
  const qualified = /^([^/]+)\/([^.]+)\.(.+)$/.exec(of);
  return qualified
    ? { name, group: qualified[1]!, version: qualified[2]!, kind: qualified[3]!, verbs }
    : { name, group: kind.group, version: kind.version, kind: of, verbs };
}

function parseField(words: string[], table: Table): Field {
  const numbered = /^\d+$/.test(words[0]!);
  const number = numbered ? Number(words[0]) : 0;
  const rest = numbered ? words.slice(1) : words;
  const inline = rest[0]!.startsWith("...");
  const name = inline || rest[0] === "|" ? "" : rest[0]!;
  const written = inline ? rest[0]!.slice(3) : rest[1]!;
  const [, bare = "", flags = ""] = /^(.*?)([!?]*)$/.exec(written) ?? [];
  const required = flags.includes("!");
  const pointer = flags.includes("?");
  return {
    number,
    name,
    type: parseType(bare, table),
    required,
    pointer,
    inline,
    emit: false,
    atomic: false,
    ...parseModifiers(rest.slice(inline ? 1 : 2)),
  };
}

function parseType(text: string, table: Table): TypeRef {
  if (text.startsWith("[]")) return { kind: "list", of: parseType(text.slice(2), table) };
  if (text.startsWith("map[string]")) return { kind: "map", of: parseType(text.slice(11), table) };
  if (scalars.has(text)) return { kind: "scalar", scalar: text as Scalar };
  const [short, type] = text.split(".");
  if (type !== undefined) {
    const room = table.rooms.find((r) => r === short || r.startsWith(`${short}.`));
    if (!room) throw new Error(`no group ${short}`);
    return { kind: "message", name: `${room}/v1.${type}` };
  }
  return { kind: "message", name: `${table.room}/${table.version}.${text}` };
}

const modifierWords = new Set(["emit", "atomic", "list", "patch", "enum", "="]);

function parseModifiers(words: string[]): Partial<Field> {
  const out: Partial<Draft<Field>> = {};
  const queue = [...words];
  const takeUntilModifier = () => {
    const end = queue.findIndex((w) => modifierWords.has(w));
    return queue.splice(0, end < 0 ? queue.length : end);
  };
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "emit") out.emit = true;
    else if (word === "atomic") out.atomic = true;
    else if (word === "list") out.list = parseListKind(queue.shift() ?? "");
    else if (word === "=") out.default = parseDefault(queue.shift() ?? "");
    else if (word === "patch") out.patch = parsePatch(takeUntilModifier());
    else if (word === "enum") out.enum = takeUntilModifier().map(unquote);
    else throw new Error(`unknown modifier ${word}`);
  }
  return out;
}

function parseListKind(text: string): ListKind {
  if (text === "atomic" || text === "set") return text;
  const keys = /^map\(([^)]*)\)$/.exec(text);
  if (!keys) throw new Error(`unknown list kind ${text}`);
  return { keys: keys[1]!.split(/\s+/) };
}

function parsePatch(args: string[]): PatchDirective {
  const out: Draft<PatchDirective> = { merge: false, retainKeys: false, replace: false };
  for (const arg of args) {
    const [, word, key] = /^(\w+)(?:\(([^)]*)\))?$/.exec(arg) ?? [];
    if (word === "merge") out.merge = true;
    else if (word === "retainKeys") out.retainKeys = true;
    else if (word === "replace") out.replace = true;
    else throw new Error(`unknown patch directive ${arg}`);
    if (key !== undefined) out.key = key;
  }
  return out;
}

function parseDefault(text: string): unknown {
  const bare = unquote(text);
  try {
    return JSON.parse(bare);
  } catch {
    return bare;
  }
}

function unquote(word: string): string {
  return word.startsWith('"') && word.endsWith('"') ? word.slice(1, -1) : word;
}

/** Splits on blanks, keeping "quoted words" and (bracketed groups) whole. */
function splitWords(line: string): string[] {
  return line.match(/"[^"]*"|\{.*\}|[^\s(]+\([^)]*\)|[^\s]+/g) ?? [];
}
