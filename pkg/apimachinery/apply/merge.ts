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
 * The applied items in the order in which they were applied; what only the live list has stays before the applied items
 * that it does not follow.
 */
function mergeLists(live: readonly unknown[], config: readonly unknown[], shape: SetShape | ListMapShape): unknown[] {
  const present = itemsByLabel(live, shape);
  const liveLabels = live.map((item) => labelOf(item, shape));
  const labels = config.map((item) => labelOf(item, shape));
  const wanted = new Set(labels);
  const merged: unknown[] = [];
  let at = 0;
  for (const [i, label] of labels.entries()) {
    const nextShared = labels.slice(i).find((other) => present.has(other));
    // Items that both have and that were applied in another order are passed over: they come when it is their turn.
    for (; at < live.length && liveLabels[at] !== nextShared; at += 1) {
      if (!wanted.has(liveLabels[at] as string)) merged.push(cloneJson(live[at]));
    }
    if (liveLabels[at] === label) at += 1;
    merged.push(
      shape.kind === "set" ? cloneJson(config[i]) : mergeValues(present.get(label)?.[0], config[i], shape.of),
    );
  }
  for (; at < live.length; at += 1) if (!wanted.has(liveLabels[at] as string)) merged.push(cloneJson(live[at]));
  return merged;
}
