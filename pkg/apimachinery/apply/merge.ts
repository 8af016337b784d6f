/** The applied configuration laid over the live object: its values win, lists are merged by what tells their items apart. */
import { cloneJson } from "../json.ts";
import { isObject, itemsByLabel, labelOf, type Members } from "./items.ts";
import type { ListMapShape, SetShape, Shape, StructShape } from "./shape.ts";

/** A new value; neither operand is changed or shared. */
export function mergeValues(live: unknown, config: unknown, shape: Shape): unknown {
  if (config === undefined) return cloneJson(live);
  switch (shape.kind) {
    case "struct":
    case "map":
      return isObject(live) && isObject(config) ? mergeMembers(live, config, shape) : cloneJson(config);
    case "set":
    case "listMap":
      return Array.isArray(live) && Array.isArray(config) ? mergeLists(live, config, shape) : cloneJson(config);
    default:
      return cloneJson(config);
  }
}

function mergeMembers(live: Members, config: Members, shape: StructShape | { kind: "map"; of: Shape }): Members {
  const merged = new Map<string, unknown>();
  for (const name of new Set([...Object.keys(live), ...Object.keys(config)])) {
    const of = shapeOfMember(shape, name);
    const before = Object.hasOwn(live, name) ? live[name] : undefined;
    const wanted = Object.hasOwn(config, name) ? config[name] : undefined;
    merged.set(name, of ? mergeValues(before, wanted, of) : cloneJson(before ?? wanted));
  }
  return Object.fromEntries(merged);
}

/** Undefined: nobody's (the object's identity), or no field of the type. */
export function shapeOfMember(shape: StructShape | { kind: "map"; of: Shape }, name: string): Shape | undefined {
  return shape.kind === "map" ? shape.of : (shape.byName.get(name)?.shape ?? shape.rest);
}

/**
 * The applied items in the order in which they were applied; the items that only the live list has keep their place
 * before the item that followed them there.
 */
function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: SetShape | ListMapShape): unknown[] {
  const wanted = itemsByLabel(config, shape);
  const present = itemsByLabel(live, shape);
  const merged: unknown[] = [];
  const done = new Set<string>();
  let position = 0;
  const takeUntil = (label: string | undefined): void => {
    for (; position < live.length; position += 1) {
      const here = labelOf(live[position], shape);
      if (here === label) return;
      if (!wanted.has(here)) merged.push(cloneJson(live[position]));
    }
  };
  const order = new Map(live.map((item, i) => [labelOf(item, shape), i]));
  for (const item of config) {
    const label = labelOf(item, shape);
    if (done.has(label)) continue;
    done.add(label);
    const at = order.get(label);
    if (at !== undefined && at >= position) takeUntil(label);
    const before = present.get(label)?.[0];
    merged.push(shape.kind === "set" ? cloneJson(item) : mergeValues(before, item, shape.of));
  }
  takeUntil(undefined);
  return merged;
}
