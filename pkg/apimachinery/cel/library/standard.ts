/** The functions and operators of the language itself. https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions */
import { compareValues, equalValues } from "../compare.ts";
import { indexValue, optionalIndex } from "../evaluate.ts";
import { type Library, overload } from "../functions.ts";
import { typeOfValue } from "../runtime-types.ts";
import { CelError, isMap, ListValue, noSuchOverload, Optional, TypeValue, Uint, type Value } from "../values.ts";
import { arithmetic } from "./arithmetic.ts";
import { conversions } from "./conversions.ts";
import { compiledRegExp } from "./regexps.ts";
import { times } from "./times.ts";

const orderedTypes = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"];
const numericTypes = ["int", "uint", "double"];
const idNames: Readonly<Record<string, string>> = { int: "int64", uint: "uint64" };
const idOf = (type: string): string => idNames[type] ?? type;

function ordering(operator: string, name: string, holds: (order: number) => boolean): Library {
  const call = ([a, b]: readonly Value[]): Value => {
    // Nothing compares with what is no number.
    if (Number.isNaN(a) || Number.isNaN(b)) throw new CelError("NaN values cannot be ordered");
    return holds(compareValues(a as Value, b as Value));
  };
  const same = orderedTypes.map((type) =>
    overload(`${name}_${idOf(type)}`, `${operator}(${type}, ${type}): bool`, call),
  );
  const across = numericTypes.flatMap((a) =>
    numericTypes
      .filter((b) => a !== b)
      .map((b) => overload(`${name}_${idOf(a)}_${idOf(b)}`, `${operator}(${a}, ${b}): bool`, call)),
  );
  return [...same, ...across];
}

/** Evaluated where they stand, because they do not always evaluate both sides. */
const lazy = (): never => {
  throw noSuchOverload();
};

const logic: Library = [
  overload("logical_and", "_&&_(bool, bool): bool", lazy),
  overload("logical_or", "_||_(bool, bool): bool", lazy),
  overload("conditional", "_?_:_(bool, A, A): A", lazy),
  overload("not_strictly_false", "@not_strictly_false(bool): bool", lazy),
  overload("logical_not", "!_(bool): bool", ([value]: readonly boolean[]) => !value),
  overload("equals", "_==_(A, A): bool", ([a, b]: readonly Value[]) => equalValues(a as Value, b as Value)),
  overload("not_equals", "_!=_(A, A): bool", ([a, b]: readonly Value[]) => !equalValues(a as Value, b as Value)),
];

const codePoints = (text: string): bigint => {
  let count = 0n;
  for (const _ of text) count++;
  return count;
};

const sizeOf = ([value]: readonly Value[]): Value => {
  if (typeof value === "string") return codePoints(value);
  if (value instanceof Uint8Array) return BigInt(value.length);
  if (value instanceof ListValue) return BigInt(value.items.length);
  if (isMap(value)) return BigInt(value.size);
  throw noSuchOverload();
};

const sizes: Library = ["string", "bytes", "list(A)", "map(A, B)"].flatMap((type) => {
  const name = type.replace(/\(.*/, "");
  return [
    overload(`size_${name}`, `size(${type}): int`, sizeOf),
    overload(`${name}_size`, `${type}->size(): int`, sizeOf),
  ];
});

const containers: Library = [
  overload("index_list", "_[_](list(A), int): A", ([list, at]: readonly Value[]) =>
    indexValue(list as Value, at as Value),
  ),
  overload("index_map", "_[_](map(A, B), A): B", ([map, key]: readonly Value[]) =>
    indexValue(map as Value, key as Value),
  ),
  overload("optional_list_index", "_[_](optional_type(list(V)), int): optional_type(V)", ([a, b]: readonly Value[]) =>
    optionalIndex(a as Value, b as Value),
  ),
  overload("optional_map_index", "_[_](optional_type(map(K, V)), K): optional_type(V)", ([a, b]: readonly Value[]) =>
    optionalIndex(a as Value, b as Value),
  ),
  ...["list(V), int", "optional_type(list(V)), int", "map(K, V), K", "optional_type(map(K, V)), K"].map((args, at) =>
    overload(`optional_index_${at}`, `_[?_](${args}): optional_type(V)`, ([a, b]: readonly Value[]) =>
      optionalIndex(a as Value, b as Value),
    ),
  ),
  overload("in_list", "@in(A, list(A)): bool", ([item, list]: readonly Value[]) =>
    (list as ListValue).items.some((one) => equalValues(one, item as Value)),
  ),
  overload(
    "in_map",
    "@in(A, map(A, B)): bool",
    ([key, map]: readonly Value[]) => isMap(map) && (map.has?.(key as Value) ?? map.get(key as Value) !== undefined),
  ),
];

const texts: Library = [
  overload("contains_string", "string->contains(string): bool", ([a, b]: readonly string[]) =>
    (a as string).includes(b as string),
  ),
  overload("starts_with_string", "string->startsWith(string): bool", ([a, b]: readonly string[]) =>
    (a as string).startsWith(b as string),
  ),
  overload("ends_with_string", "string->endsWith(string): bool", ([a, b]: readonly string[]) =>
    (a as string).endsWith(b as string),
  ),
  ...["matches(string, string)", "string->matches(string)"].map((signature, at) =>
    overload(at === 0 ? "matches" : "matches_string", `${signature}: bool`, ([text, pattern]: readonly string[]) =>
      compiledRegExp(pattern as string).test(text as string),
    ),
  ),
];

const reflection: Library = [
  overload("type", "type(A): type(A)", ([value]: readonly Value[]) => new TypeValue(typeOfValue(value as Value))),
  overload("to_dyn", "dyn(A): dyn", ([value]: readonly Value[]) => value as Value),
];

const isZero = (value: Value): boolean => {
  if (value === null || value === false || value === "" || value === 0 || value === 0n) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof ListValue) return value.items.length === 0;
  if (value instanceof Optional) return value.value === undefined;
  return isMap(value) && value.size === 0;
};

const optionals: Library = [
  overload("optional_of", "optional.of(V): optional_type(V)", ([value]: readonly Value[]) => new Optional(value)),
  overload(
    "optional_ofNonZeroValue",
    "optional.ofNonZeroValue(V): optional_type(V)",
    ([value]: readonly Value[]) => new Optional(isZero(value as Value) ? undefined : value),
  ),
  overload("optional_none", "optional.none(): optional_type(V)", () => new Optional(undefined)),
  overload("optional_value", "optional_type(V)->value(): V", ([optional]: readonly Optional[]) => {
    if (optional?.value === undefined) throw new CelError("optional.none() dereference");
    return optional.value;
  }),
  overload(
    "optional_hasValue",
    "optional_type(V)->hasValue(): bool",
    ([optional]: readonly Optional[]) => optional?.value !== undefined,
  ),
  overload("optional_or_optional", "optional_type(V)->or(optional_type(V)): optional_type(V)", lazy),
  overload("optional_orValue_value", "optional_type(V)->orValue(V): V", lazy),
];

export const standard: Library = [
  ...logic,
  ...ordering("_<_", "less", (order) => order < 0),
  ...ordering("_<=_", "less_equals", (order) => order <= 0),
  ...ordering("_>_", "greater", (order) => order > 0),
  ...ordering("_>=_", "greater_equals", (order) => order >= 0),
  ...arithmetic,
  ...conversions,
  ...sizes,
  ...containers,
  ...texts,
  ...times,
  ...reflection,
  ...optionals,
];
