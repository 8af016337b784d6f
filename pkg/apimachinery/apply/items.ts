/** The items of sets and of lists with keys, by what tells them apart. */
import type { ListMapShape, SetShape } from "./shape.ts";

/** `k:{"containerPort":80,"protocol":"TCP"}` or `v:"x"`. A key field that the item lacks takes its default; without one it is left out. */
export function labelOf(item: unknown, shape: SetShape | ListMapShape): string {
  if (shape.kind === "set") return `v:${JSON.stringify(item)}`;
  const fields = (typeof item === "object" && item !== null ? item : {}) as Record<string, unknown>;
  let text = "";
  for (const { name, default: fallback } of shape.keys) {
    const value = Object.hasOwn(fields, name) ? fields[name] : fallback;
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return `k:{${text}}`;
}

/** In the order of the list. A label that occurs again keeps all its items: what clients send may be wrong. */
export function itemsByLabel(list: readonly unknown[], shape: SetShape | ListMapShape): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const label = labelOf(item, shape);
    const same = items.get(label);
    if (same) same.push(item);
    else items.set(label, [item]);
  }
  return items;
}

export type Members = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
