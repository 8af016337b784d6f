/** The fields that an applied configuration names: all of them are the applier's. */
import { compareLabels, emptySet, type FieldSet, self } from "./field-set.ts";
import { isObject, itemsByLabel, type Members } from "./items.ts";
import { shapeOfMember } from "./merge.ts";
import type { ListMapShape, SetShape, Shape, StructShape } from "./shape.ts";

/** Thrown for a list in which two items cannot be told apart. `path` is of labels. */
export class DuplicateItemError extends Error {
  readonly path: readonly string[];

  constructor(path: readonly string[]) {
    super("duplicate entries for key");
    this.path = path;
  }
}

/** Throws DuplicateItemError. */
export function fieldsOfConfig(config: Members, shape: StructShape): FieldSet {
  return membersOf(config, shape, []);
}

function membersOf(value: Members, shape: StructShape | { kind: "map"; of: Shape }, path: readonly string[]): FieldSet {
  const entries: [string, FieldSet][] = [];
  for (const name of Object.keys(value).sort()) {
    const of = shapeOfMember(shape, name);
    if (!of) continue;
    const label = `f:${name}`;
    entries.push([label, nodeOf(value[name], of, { path: [...path, label], isItem: shape.kind === "map" })]);
  }
  return Object.fromEntries(entries);
}

interface Place {
  readonly path: readonly string[];
  /** An item of a list or map: it is named itself, not only its fields. */
  readonly isItem: boolean;
}

function nodeOf(value: unknown, shape: Shape, { path, isItem }: Place): FieldSet {
  const inside = insideOf(value, shape, path);
  if (inside === undefined || Object.keys(inside).length === 0) return emptySet;
  return isItem ? { [self]: emptySet, ...inside } : inside;
}

function insideOf(value: unknown, shape: Shape, path: readonly string[]): FieldSet | undefined {
  if (shape.kind === "struct" || shape.kind === "map")
    return isObject(value) ? membersOf(value, shape, path) : undefined;
  if (shape.kind === "leaf" || !Array.isArray(value)) return undefined;
  return itemsOf(value, shape, path);
}

function itemsOf(list: readonly unknown[], shape: SetShape | ListMapShape, path: readonly string[]): FieldSet {
  const items = [...itemsByLabel(list, shape)].sort(([a], [b]) => compareLabels(a, b));
  return Object.fromEntries(
    items.map(([label, same]) => {
      const here = [...path, label];
      if (same.length > 1) throw new DuplicateItemError(here);
      return [label, shape.kind === "set" ? emptySet : nodeOf(same[0], shape.of, { path: here, isItem: true })];
    }),
  );
}
