/** Sums and comparisons of resource lists, exact. */
import { parseQuantity, type Quantity } from "../quantity/index.ts";

export type Amounts = ReadonlyMap<string, Quantity>;
export type QuantityTexts = Readonly<Record<string, string>>;

export const parseAmounts = (texts: QuantityTexts | undefined): Map<string, Quantity> =>
  new Map(Object.entries(texts ?? {}).map(([name, text]) => [name, parseQuantity(text)]));

export const printAmounts = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, amount.toString()]));

export const countOf = (count: number): Quantity => parseQuantity(String(count));

export function add(a: Amounts, b: Amounts): Map<string, Quantity> {
  const sum = new Map(a);
  for (const [name, amount] of b) sum.set(name, sum.get(name)?.add(amount) ?? amount);
  return sum;
}

/** What `a` has beyond `b`; negative where it has less. */
export function subtract(a: Amounts, b: Amounts): Map<string, Quantity> {
  const rest = new Map(a);
  for (const [name, amount] of b) rest.set(name, rest.get(name)?.subtract(amount) ?? amount.negate());
  return rest;
}

/** The larger of each. */
export function most(a: Amounts, b: Amounts): Map<string, Quantity> {
  const out = new Map(a);
  for (const [name, amount] of b) {
    const other = out.get(name);
    if (!other || other.compare(amount) < 0) out.set(name, amount);
  }
  return out;
}

export const only = (amounts: Amounts, names: ReadonlySet<string>): Map<string, Quantity> =>
  new Map([...amounts].filter(([name]) => names.has(name)));

/** `cpu=1,memory=1Gi`, sorted, as quotas print it. */
export const print = (amounts: Amounts): string =>
  [...amounts]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, amount]) => `${name}=${amount}`)
    .join(",");
