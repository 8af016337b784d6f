/** `quantity("1.5Gi")`. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-quantity-library */

import { int64Max, int64Min, scaledInteger, stripZeros } from "#pkg/apimachinery/quantity/decimal.ts";
import { parseQuantity, type Quantity, quantityOf } from "#pkg/apimachinery/quantity/index.ts";
import { type Library, overload } from "../functions.ts";
import { opaque } from "../types.ts";
import { CelError, type OpaqueValue } from "../values.ts";

const type = opaque("kubernetes.Quantity");

class QuantityValue implements OpaqueValue {
  readonly opaque = type;
  readonly quantity: Quantity;
  constructor(quantity: Quantity) {
    this.quantity = quantity;
  }
  equals(other: OpaqueValue): boolean {
    return this.quantity.compare((other as QuantityValue).quantity) === 0;
  }
}

/** Throws CelError. */
export const quantityValue = (text: string): OpaqueValue => new QuantityValue(parse(text));

function parse(text: string): Quantity {
  try {
    return parseQuantity(text);
  } catch (error) {
    throw new CelError((error as Error).message);
  }
}

function isParsable(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** Undefined where the amount is no whole number of 64 bits. */
function wholeOf({ decimal }: Quantity): bigint | undefined {
  if (stripZeros(decimal).exponent < 0) return undefined;
  const value = scaledInteger(decimal, 0);
  return value > int64Max || value < int64Min ? undefined : value;
}

const integer = (quantity: Quantity): bigint => {
  const value = wholeOf(quantity);
  if (value === undefined) throw new CelError("cannot convert value to integer");
  return value;
};

const approximate = ({ decimal: { unscaled, exponent } }: Quantity): number => Number(`${unscaled}e${exponent}`);

type Args = readonly QuantityValue[];
const q = (value: QuantityValue | undefined): Quantity => (value as QuantityValue).quantity;
const member = (id: string, rest: string, call: (args: readonly never[]) => ReturnType<Library[number]["call"]>) =>
  overload(id, `kubernetes.Quantity->${rest}`, call);

export const quantities: Library = [
  overload(
    "string_to_quantity",
    "quantity(string): kubernetes.Quantity",
    ([text]: readonly string[]) => new QuantityValue(parse(text as string)),
  ),
  overload("is_quantity_string", "isQuantity(string): bool", ([text]: readonly string[]) => isParsable(text as string)),
  overload("quantity_sign", "sign(kubernetes.Quantity): int", ([a]: Args) => BigInt(q(a).sign)),
  member(
    "quantity_is_greater_than",
    "isGreaterThan(kubernetes.Quantity): bool",
    ([a, b]: Args) => q(a).compare(q(b)) > 0,
  ),
  member("quantity_is_less_than", "isLessThan(kubernetes.Quantity): bool", ([a, b]: Args) => q(a).compare(q(b)) < 0),
  member("quantity_compare_to", "compareTo(kubernetes.Quantity): int", ([a, b]: Args) => BigInt(q(a).compare(q(b)))),
  member("quantity_get_float", "asApproximateFloat(): double", ([a]: Args) => approximate(q(a))),
  member("quantity_get_int", "asInteger(): int", ([a]: Args) => integer(q(a))),
  member("quantity_is_integer", "isInteger(): bool", ([a]: Args) => wholeOf(q(a)) !== undefined),
  member(
    "quantity_add",
    "add(kubernetes.Quantity): kubernetes.Quantity",
    ([a, b]: Args) => new QuantityValue(q(a).add(q(b))),
  ),
  member(
    "quantity_sub",
    "sub(kubernetes.Quantity): kubernetes.Quantity",
    ([a, b]: Args) => new QuantityValue(q(a).subtract(q(b))),
  ),
  member(
    "quantity_add_int",
    "add(int): kubernetes.Quantity",
    ([a, b]: readonly [QuantityValue, bigint][number][]) =>
      new QuantityValue(q(a as QuantityValue).add(quantityOf(b as bigint))),
  ),
  member(
    "quantity_sub_int",
    "sub(int): kubernetes.Quantity",
    ([a, b]: readonly [QuantityValue, bigint][number][]) =>
      new QuantityValue(q(a as QuantityValue).subtract(quantityOf(b as bigint))),
  ),
];
