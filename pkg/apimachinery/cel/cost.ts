/** What an evaluation costs, in upstream's units: a step is 1, a tenth for each character that is looked at. */
import { isMap, isOpaque, ListValue, type Value } from "./values.ts";

export const stringFactor = 0.1;
export const regexpFactor = 0.25;
export const listCost = 10;
export const mapCost = 30;
export const structCost = 40;

/** More was spent than an expression may. No operator absorbs it. */
export class CostLimitError extends Error {
  override readonly name = "CostLimitError";
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
  }
}

/** Counts; bounds what one evaluation can take of the thread. */
export class CostMeter {
  spent = 0;
  readonly limit: number;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Throws CostLimitError. */
  spend(cost: number): void {
    this.spent += cost;
    if (this.spent > this.limit) throw new CostLimitError();
  }
}

/** Characters, bytes, items, entries; 1 for anything else. */
export function sizeOf(value: Value | undefined): number {
  if (typeof value === "string") return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof ListValue) return value.items.length;
  if (isMap(value)) return value.size;
  return isOpaque(value) ? (value.costSize ?? 1) : 1;
}

const traversed = (value: Value | undefined, factor = stringFactor): number => Math.ceil(sizeOf(value) * factor);
const matched = (text: number, pattern: number): number =>
  Math.ceil((1 + text) * stringFactor) * Math.ceil(pattern * regexpFactor);

type CallCost = (args: readonly Value[], result: Value) => number;

const one: CallCost = () => 1;
const firstTraversed: CallCost = ([first]) => traversed(first);
const secondTraversed: CallCost = ([, second]) => traversed(second);
const firstTwice: CallCost = ([first]) => traversed(first, 2 * stringFactor);
const wholeFirst: CallCost = ([first]) => deepCost(first as Value);
const shorter: CallCost = ([a, b]) => Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * stringFactor);
const search: CallCost = ([text, pattern]) => matched(sizeOf(text), sizeOf(pattern));

/** All that is in a value is looked at once. */
function deepCost(value: Value): number {
  if (typeof value === "string" || value instanceof Uint8Array) return Math.floor(value.length * stringFactor);
  if (value instanceof ListValue) return value.items.reduce<number>((sum, item) => sum + deepCost(item), 0);
  if (!isMap(value)) return 1;
  let sum = 0;
  for (const key of value.keys()) sum += deepCost(key) + deepCost(value.get(key) ?? null);
  return sum;
}

const table = (cost: CallCost, names: string): [string, CallCost][] => names.split(" ").map((name) => [name, cost]);

/** By function, as the libraries of Kubernetes are charged. */
const byFunction: ReadonlyMap<string, CallCost> = new Map([
  ...table(wholeFirst, "isSorted sum max min indexOf lastIndexOf"),
  ...table(
    firstTraversed,
    "url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR quantity isQuantity semver isSemver",
  ),
  ...table(firstTwice, "replace split ip.isCanonical"),
  ...table((_, result) => traversed(result, 2 * stringFactor), "join"),
  ...table(search, "find findAll"),
  ...table(([first]) => (typeof first === "string" ? traversed(first) : 1), "ip"),
  ...table(
    ([cidr, other]) => Math.ceil(2 * sizeOf(cidr) * stringFactor) + (typeof other === "string" ? traversed(other) : 0),
    "containsIP",
  ),
  ...table(
    ([cidr, other]) =>
      Math.ceil(2 * sizeOf(cidr) * stringFactor) +
      traversed(cidr) +
      1 +
      (typeof other === "string" ? traversed(other) : 0),
    "containsCIDR",
  ),
  ...table(([format, text]) => matched(sizeOf(text), sizeOf(format)), "validate"),
]);

const making = (factor: number, size: number): number => Math.ceil(size * factor) + 1 + listCost;
const makingResult: CallCost = (_, result) => making(1, sizeOf(result));

/** Every item is compared with every other. */
function comparing(list: Value | undefined): number {
  const items = list instanceof ListValue ? list.items : [];
  const [first] = items;
  const factor = typeof first === "string" || first instanceof Uint8Array ? 2 + stringFactor : 2;
  return making(factor, items.length ** 2);
}

const sortable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

/** By overload, as the language itself and its extensions are charged. */
const byOverload: ReadonlyMap<string, CallCost> = new Map([
  ...table(secondTraversed, "starts_with_string ends_with_string"),
  ...table(firstTraversed, "string_to_bytes bytes_to_string strings_quote string_format"),
  ...table(([, list]) => sizeOf(list), "in_list"),
  ...table(
    shorter,
    "less_string less_bytes less_equals_string less_equals_bytes greater_string greater_bytes greater_equals_string greater_equals_bytes",
  ),
  ...table(([a, b]) => Math.ceil((sizeOf(a) + sizeOf(b)) * stringFactor), "add_string add_bytes"),
  ...table(search, "matches_string"),
  ...table(([text, part]) => traversed(text) * traversed(part), "contains_string"),
  ...table(
    ([a, b]) => (isOpaque(a) ? 1 : Math.ceil(Math.min(sizeOf(a), sizeOf(b)) * stringFactor)),
    "equals not_equals",
  ),
  ...table(makingResult, "list_slice lists_range list_reverse"),
  ...table(
    ([list, depth]) => making(typeof depth === "bigint" ? Number(depth) : 1, sizeOf(list)),
    "list_flatten list_flatten_int",
  ),
  ...table(([list]) => comparing(list), `list_distinct ${sortable.map((type) => `list_${type}_sort`).join(" ")}`),
  ...table(([, keys]) => comparing(keys), sortable.map((type) => `list_${type}_sortByAssociatedKeys`).join(" ")),
]);

export const callCostOf = (name: string, id: string): CallCost => byFunction.get(name) ?? byOverload.get(id) ?? one;
export type { CallCost };
