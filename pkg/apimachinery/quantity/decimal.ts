/** Exact decimal arithmetic on `unscaled × 10^exponent`, guarded against exponents that no machine can expand. */

export interface Decimal {
  readonly unscaled: bigint;
  readonly exponent: number;
}

/** Beyond this difference of exponents the smaller summand cannot matter and is dropped instead of expanded. */
const exponentGapMax = 20_000;

const pow10CacheMax = 64;
const pow10Cache: bigint[] = [];

export function pow10(n: number): bigint {
  if (n > pow10CacheMax) return 10n ** BigInt(n);
  pow10Cache[n] ??= 10n ** BigInt(n);
  return pow10Cache[n];
}

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

export function signOf(value: bigint): -1 | 0 | 1 {
  return value === 0n ? 0 : value < 0n ? -1 : 1;
}

/** The position of the highest digit: 0 for 1 to 9, 3 for 1000, -2 for 0.05. */
const highestDigit = (d: Decimal): number => magnitude(d.unscaled).toString().length + d.exponent - 1;

/** Removes factors of ten from the mantissa. */
export function stripZeros(d: Decimal): Decimal {
  if (d.unscaled === 0n) return { unscaled: 0n, exponent: 0 };
  const digits = magnitude(d.unscaled).toString();
  let zeros = 0;
  while (digits.charCodeAt(digits.length - 1 - zeros) === 48) zeros++;
  return zeros === 0 ? d : { unscaled: d.unscaled / pow10(zeros), exponent: d.exponent + zeros };
}

/** The value in units of `10^exponent`, rounded away from zero. */
export function roundTo(d: Decimal, exponent: number): Decimal {
  if (d.exponent >= exponent || d.unscaled === 0n) return d;
  const sign = d.unscaled < 0n ? -1n : 1n;
  if (highestDigit(d) < exponent) return { unscaled: sign, exponent };
  const divisor = pow10(exponent - d.exponent);
  const quotient = d.unscaled / divisor;
  return { unscaled: d.unscaled % divisor === 0n ? quotient : quotient + sign, exponent };
}

/** An integer in units of `10^exponent`, rounded away from zero and capped to int64. */
export function scaledInteger(d: Decimal, exponent: number): bigint {
  if (d.unscaled === 0n) return 0n;
  if (highestDigit(d) - exponent > 20) return d.unscaled < 0n ? int64Min : int64Max;
  const rounded = roundTo(d, exponent);
  const value = rounded.unscaled * pow10(rounded.exponent - exponent);
  return value > int64Max ? int64Max : value < int64Min ? int64Min : value;
}

export const int64Max = 2n ** 63n - 1n;
export const int64Min = -(2n ** 63n);

export function compareDecimals(a: Decimal, b: Decimal): -1 | 0 | 1 {
  const sign = signOf(a.unscaled);
  if (sign !== signOf(b.unscaled)) return sign > signOf(b.unscaled) ? 1 : -1;
  if (sign === 0) return 0;
  const gap = highestDigit(a) - highestDigit(b);
  if (gap !== 0) return gap > 0 === sign > 0 ? 1 : -1;
  const low = Math.min(a.exponent, b.exponent);
  return signOf(a.unscaled * pow10(a.exponent - low) - b.unscaled * pow10(b.exponent - low));
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.unscaled === 0n) return b;
  if (b.unscaled === 0n) return a;
  if (Math.abs(a.exponent - b.exponent) > exponentGapMax) return a.exponent > b.exponent ? a : b;
  const exponent = Math.min(a.exponent, b.exponent);
  return {
    unscaled: a.unscaled * pow10(a.exponent - exponent) + b.unscaled * pow10(b.exponent - exponent),
    exponent,
  };
}
