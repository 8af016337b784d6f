/** Lists and sets: Kubernetes' own functions, and the two extensions that it offers. */
import { compareValues, equalValues } from "../compare.ts";
import { CostLimitError } from "../cost.ts";
import { type Library, overload } from "../functions.ts";
import { CelError, Duration, isMap, ListValue, type LiteralMap, Uint, type Value } from "../values.ts";
import { addValues } from "./arithmetic.ts";

const itemsOf = (value: unknown): readonly Value[] => (value as ListValue).items;
const comparable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];
const summable: readonly (readonly [string, Value])[] = [
  ["int", 0n],
  ["uint", new Uint(0n)],
  ["double", 0],
  ["duration", new Duration(0n)],
];

const isSorted = ([list]: readonly Value[]): boolean =>
  itemsOf(list).every((item, at, all) => at === 0 || compareValues(all[at - 1] as Value, item) <= 0);

function extreme(name: string, sign: number): (args: readonly Value[]) => Value {
  return ([list]) => {
    const [first, ...rest] = itemsOf(list);
    if (first === undefined) throw new CelError(`${name} called on empty list`);
    return rest.reduce((best, item) => (compareValues(item, best) * sign > 0 ? item : best), first);
  };
}

const kubernetes: Library = [
  ...comparable.flatMap((type) => [
    overload(`list_${type}_is_sorted_bool`, `list(${type})->isSorted(): bool`, isSorted),
    overload(`list_${type}_max_${type}`, `list(${type})->max(): ${type}`, extreme("max", 1)),
    overload(`list_${type}_min_${type}`, `list(${type})->min(): ${type}`, extreme("min", -1)),
  ]),
  ...summable.map(([type, zero]) =>
    overload(`list_${type}_sum_${type}`, `list(${type})->sum(): ${type}`, ([list]: readonly Value[]) =>
      itemsOf(list).reduce(addValues, zero),
    ),
  ),
  overload("list_a_index_of_int", "list(A)->indexOf(A): int", ([list, item]: readonly Value[]) =>
    BigInt(itemsOf(list).findIndex((one) => equalValues(one, item as Value))),
  ),
  overload("list_a_last_index_of_int", "list(A)->lastIndexOf(A): int", ([list, item]: readonly Value[]) =>
    BigInt(itemsOf(list).findLastIndex((one) => equalValues(one, item as Value))),
  ),
];

function slice([list, start, end]: readonly Value[]): ListValue {
  const items = itemsOf(list);
  const [from, to] = [Number(start), Number(end)];
  const refuse = (why: string): never => {
    throw new CelError(`cannot slice(${from}, ${to}), ${why}`);
  };
  if (from < 0 || to < 0) refuse("negative indexes not supported");
  if (from > to) refuse("start index must be less than or equal to end index");
  if (items.length < to) refuse(`list is length ${items.length}`);
  return new ListValue(items.slice(from, to));
}

function flatten(items: readonly Value[], depth: bigint): Value[] {
  if (depth < 0n) throw new CelError("level must be non-negative");
  return items.flatMap((item) => (item instanceof ListValue && depth > 0n ? flatten(item.items, depth - 1n) : [item]));
}

const pairsMax = 1_000_000;

/** Compares each with each; throws CostLimitError where that is more than an expression may do. */
function distinct([list]: readonly Value[]): ListValue {
  const kept: Value[] = [];
  let pairs = 0;
  for (const item of itemsOf(list)) {
    pairs += kept.length;
    if (pairs > pairsMax) throw new CostLimitError();
    if (!kept.some((one) => equalValues(one, item))) kept.push(item);
  }
  return new ListValue(kept);
}

function sortByKeys([list, keys]: readonly Value[]): ListValue {
  const order = itemsOf(keys);
  const items = itemsOf(list).map((item, at) => ({ item, key: order[at] as Value }));
  return new ListValue(items.sort((a, b) => compareValues(a.key, b.key)).map(({ item }) => item));
}

function range([count]: readonly bigint[]): ListValue {
  if ((count as bigint) > BigInt(pairsMax)) throw new CostLimitError();
  return new ListValue(Array.from({ length: Math.max(0, Number(count)) }, (_, at) => BigInt(at)));
}

const extension: Library = [
  overload("list_slice", "list(T)->slice(int, int): list(T)", slice),
  overload(
    "list_flatten",
    "list(list(T))->flatten(): list(T)",
    ([list]: readonly Value[]) => new ListValue(flatten(itemsOf(list), 1n)),
  ),
  overload(
    "list_flatten_int",
    "list(dyn)->flatten(int): list(dyn)",
    ([list, depth]: readonly Value[]) => new ListValue(flatten(itemsOf(list), depth as bigint)),
  ),
  overload("lists_range", "lists.range(int): list(int)", range),
  overload(
    "list_reverse",
    "list(T)->reverse(): list(T)",
    ([list]: readonly Value[]) => new ListValue(itemsOf(list).toReversed()),
  ),
  overload("list_distinct", "list(T)->distinct(): list(T)", distinct),
  ...comparable.flatMap((type) => [
    overload(
      `list_${type}_sort`,
      `list(${type})->sort(): list(${type})`,
      ([list]: readonly Value[]) => new ListValue(itemsOf(list).toSorted(compareValues)),
    ),
    overload(`list_${type}_sortByAssociatedKeys`, `list(T)->@sortByAssociatedKeys(list(${type})): list(T)`, sortByKeys),
  ]),
];

function contains(list: readonly Value[], part: readonly Value[]): boolean {
  if (list.length * part.length > pairsMax) throw new CostLimitError();
  return part.every((item) => list.some((one) => equalValues(one, item)));
}

const sets: Library = [
  overload("list_sets_contains_list", "sets.contains(list(T), list(T)): bool", ([a, b]: readonly Value[]) =>
    contains(itemsOf(a), itemsOf(b)),
  ),
  overload(
    "list_sets_equivalent_list",
    "sets.equivalent(list(T), list(T)): bool",
    ([a, b]: readonly Value[]) => contains(itemsOf(a), itemsOf(b)) && contains(itemsOf(b), itemsOf(a)),
  ),
  overload("list_sets_intersects_list", "sets.intersects(list(T), list(T)): bool", ([a, b]: readonly Value[]) => {
    if (itemsOf(a).length * itemsOf(b).length > pairsMax) throw new CostLimitError();
    return itemsOf(a).some((item) => itemsOf(b).some((one) => equalValues(one, item)));
  }),
];

/** What macros make maps with. */
const maps: Library = [
  overload(
    "@mapInsert_map_key_value",
    "cel.@mapInsert(map(K, V), K, V): map(K, V)",
    ([map, key, value]: readonly Value[]) => (map as LiteralMap).copy().add(key as Value, value as Value),
  ),
  overload("@mapInsert_map_map", "cel.@mapInsert(map(K, V), map(K, V)): map(K, V)", ([map, more]: readonly Value[]) => {
    const copy = (map as LiteralMap).copy();
    if (isMap(more)) for (const key of more.keys()) copy.add(key, more.get(key) as Value);
    return copy;
  }),
];

export const lists: Library = [...kubernetes, ...extension, ...sets, ...maps];
