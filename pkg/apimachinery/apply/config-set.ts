/** The fields that an applied configuration names: all of them are the applier's. */
import { compareLabels, emptySet, type FieldSet, isEmpty, printPath, self } from "./field-set.ts";
import { isObject, itemsByLabel, KeylessItemError, type Members } from "./items.ts";
import { shapeOfMember } from "./merge.ts";
import type { ListMapShape, SetShape, Shape, StructShape } from "./shape.ts";

/** Thrown for what cannot be owned. `path` is of labels. */
export class ConfigError extends Error {
  readonly path: readonly string[];

  constructor(path: readonly string[], message: string) {
    super(message);
    this.path = path;
  }
}

/** Throws ConfigError for a field that the shape does not have, and for a list in which two items cannot be told apart. */
export function fieldsOfConfig(config: Members, shape: StructShape): FieldSet {
  return membersOf(config, shape, []);
}

function membersOf(value: Members, shape: StructShape | { kind: "map"; of: Shape }, path: readonly string[]): FieldSet {
  const entries: [string, FieldSet][] = [];
  for (const name of Object.keys(value).sort()) {
    if (shape.kind === "struct" && shape.unowned?.has(name)) continue;
    const of = shapeOfMember(shape, name);
    const here = [...path, `f:${name}`];
    if (!of) throw new ConfigError(here, "field not declared in schema");
    const node = nodeOf(value[name], of, { path: here, isItem: shape.kind === "map" });
    // An object always has metadata: who says nothing in it owns nothing of it.
    if (path.length === 0 && name === "metadata" && node === emptySet) continue;
    if (node) entries.push([`f:${name}`, node]);
  }
  return Object.fromEntries(entries);
}

interface Place {
  readonly path: readonly string[];
  /** An item of a list or map: it is named itself, not only its fields. */
  readonly isItem: boolean;
}

/** Undefined: the value names nothing. A list without items is no field of its own, a map without members is. */
function nodeOf(value: unknown, shape: Shape, { path, isItem }: Place): FieldSet | undefined {
  const inside = insideOf(value, shape, path);
  if (inside === undefined) return emptySet;
  if (!isEmpty(inside)) return isItem ? { [self]: emptySet, ...inside } : inside;
  return isItem || (isObject(value) && Object.keys(value).length === 0) ? emptySet : undefined;
}

function insideOf(value: unknown, shape: Shape, path: readonly string[]): FieldSet | undefined {
  if (shape.kind === "struct" || shape.kind === "map")
    return isObject(value) ? membersOf(value, shape, path) : undefined;
  if (shape.kind === "leaf" || !Array.isArray(value)) return undefined;
  return itemsOf(value, shape, path);
}

/** Throws ConfigError for an item that cannot be told from others. */
function labelled(list: readonly unknown[], shape: SetShape | ListMapShape, path: readonly string[]) {
  try {
    return itemsByLabel(list, shape);
  } catch (error) {
    if (!(error instanceof KeylessItemError)) throw error;
    throw new ConfigError(path, `element ${error.at}: ${error.message}`);
  }
}

function itemsOf(list: readonly unknown[], shape: SetShape | ListMapShape, path: readonly string[]): FieldSet {
  const items = [...labelled(list, shape, path)].sort(([a], [b]) => compareLabels(a, b));
  return Object.fromEntries(
    items.map(([label, same]) => {
      const here = [...path, label];
      if (same.length > 1) throw new ConfigError(path, `duplicate entries for key ${printPath([label])}`);
      const node = shape.kind === "set" ? undefined : nodeOf(same[0], shape.of, { path: here, isItem: true });
      return [label, node ?? emptySet];
    }),
  );
}
