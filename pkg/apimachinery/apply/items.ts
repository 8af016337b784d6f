/** The items of sets and of lists with keys, by what tells them apart. */
import type { ListMapShape, SetShape } from "./shape.ts";

/** An item of a list that has none of the fields by which its items are told apart. */
export class KeylessItemError extends Error {
  /** Where it is in its list. */
  readonly at: number;

  constructor({ keys }: ListMapShape, at: number) {
    const names = `[${keys.map(({ name }) => JSON.stringify(name)).join(" ")}]`;
    super(
      `associative list with keys has an element that omits all key fields ${names} (and doesn't have default values for any key fields)`,
    );
    this.at = at;
  }
}

/**
 * `k:{"containerPort":80,"protocol":"TCP"}` or `v:"x"`. A key field that the item lacks takes its default; without one it is
 * left out. Throws KeylessItemError when that leaves none.
 */
export function labelOf(item: unknown, shape: SetShape | ListMapShape, at = 0): string {
  if (shape.kind === "set") return `v:${JSON.stringify(item)}`;
  const fields = (typeof item === "object" && item !== null ? item : {}) as Record<string, unknown>;
  let text = "";
  for (const { name, default: fallback } of shape.keys) {
    const value = Object.hasOwn(fields, name) ? fields[name] : fallback;
    if (value === undefined) continue;
    text += `${text === "" ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  if (text === "") throw new KeylessItemError(shape, at);
  return `k:{${text}}`;
}

/** In the order of the list. A label that occurs again keeps all its items: what clients send may be wrong. */
export function itemsByLabel(list: readonly unknown[], shape: SetShape | ListMapShape): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const [at, item] of list.entries()) {
    const label = labelOf(item, shape, at);
    const same = items.get(label);
    if (same) same.push(item);
    else items.set(label, [item]);
  }
  return items;
}

export type Members = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);
