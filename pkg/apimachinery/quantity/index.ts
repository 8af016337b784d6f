/**
 * Resource quantities (`500m`, `1.5Gi`, `1e3`): exact, immutable, written in upstream's canonical form.
 * Amounts that are whole thousandths and fit a double are computed as plain numbers; everything else as bigints.
 */
import { addDecimals, compareDecimals, type Decimal, int64Max, roundTo, scaledInteger, stripZeros } from "./decimal.ts";
import { binarySuffix, decimalSuffix, parseSuffix, type QuantityFormat, type Suffix } from "./suffix.ts";

export type { QuantityFormat } from "./suffix.ts";

export const quantityFormatError =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
export const quantityNumericError = "unable to parse numeric part of quantity";
export const quantitySuffixError = "unable to parse quantity's suffix";

const nano = -9;
/** Sums and differences of two of these are exact doubles. */
const milliMax = 2 ** 51;

export class Quantity {
  readonly format: QuantityFormat;
  /** Thousandths, or NaN where the amount is not a small whole number of them. */
  readonly #milli: number;
  #decimal: Decimal | undefined;
  #text: string | undefined;

  private constructor(format: QuantityFormat, milli: number, decimal?: Decimal, text?: string) {
    this.format = format;
    this.#milli = milli;
    this.#decimal = decimal;
    this.#text = text;
  }

  static fromMilli(milli: number, format: QuantityFormat = "DecimalSI", text?: string): Quantity {
    if (Math.abs(milli) <= milliMax && Number.isInteger(milli)) return new Quantity(format, milli, undefined, text);
    return Quantity.fromDecimal({ unscaled: BigInt(milli), exponent: -3 }, format, text);
  }

  static fromDecimal(decimal: Decimal, format: QuantityFormat, text?: string): Quantity {
    return new Quantity(format, milliOf(decimal), decimal, text);
  }

  get decimal(): Decimal {
    this.#decimal ??= { unscaled: BigInt(this.#milli), exponent: -3 };
    return this.#decimal;
  }

  get isZero(): boolean {
    return this.sign === 0;
  }

  get sign(): -1 | 0 | 1 {
    return Number.isNaN(this.#milli)
      ? compareDecimals(this.decimal, zeroDecimal)
      : (Math.sign(this.#milli) as -1 | 0 | 1);
  }

  compare(other: Quantity): -1 | 0 | 1 {
    if (!Number.isNaN(this.#milli) && !Number.isNaN(other.#milli)) {
      return this.#milli < other.#milli ? -1 : this.#milli > other.#milli ? 1 : 0;
    }
    return compareDecimals(this.decimal, other.decimal);
  }

  equals(other: Quantity): boolean {
    return this.compare(other) === 0;
  }

  /** The sum; written in this quantity's format, or in the other's when this one is zero. */
  add(other: Quantity): Quantity {
    const format = this.isZero ? other.format : this.format;
    const milli = this.#milli + other.#milli;
    if (Math.abs(milli) <= milliMax) return new Quantity(format, milli);
    return Quantity.fromDecimal(addDecimals(this.decimal, other.decimal), format);
  }

  subtract(other: Quantity): Quantity {
    const format = this.isZero ? other.format : this.format;
    const milli = this.#milli - other.#milli;
    if (Math.abs(milli) <= milliMax) return new Quantity(format, milli);
    const { unscaled, exponent } = other.decimal;
    return Quantity.fromDecimal(addDecimals(this.decimal, { unscaled: -unscaled, exponent }), format);
  }

  multiply(factor: number | bigint): Quantity {
    const { unscaled, exponent } = this.decimal;
    return Quantity.fromDecimal({ unscaled: unscaled * BigInt(factor), exponent }, this.format);
  }

  negate(): Quantity {
    return this.multiply(-1);
  }

  /** Whole units, rounded away from zero, capped to int64. */
  value(): bigint {
    return scaledInteger(this.decimal, 0);
  }

  /** Thousandths, rounded away from zero, capped to int64. */
  milliValue(): bigint {
    return scaledInteger(this.decimal, -3);
  }

  /** The nearest double. */
  toNumber(): number {
    if (!Number.isNaN(this.#milli)) return this.#milli / 1000;
    const { unscaled, exponent } = stripZeros(this.decimal);
    return Number(`${unscaled}e${exponent}`);
  }

  toString(): string {
    this.#text ??= canonicalText(this.decimal, this.format);
    return this.#text;
  }

  toJSON(): string {
    return this.toString();
  }
}

const zeroDecimal: Decimal = { unscaled: 0n, exponent: 0 };

function milliOf(decimal: Decimal): number {
  const { unscaled, exponent } = stripZeros(decimal);
  if (exponent < -3 || exponent > 13) return Number.NaN;
  const milli = Number(unscaled) * 10 ** (exponent + 3);
  return Math.abs(milli) <= milliMax ? milli : Number.NaN;
}

function canonicalText(decimal: Decimal, format: QuantityFormat): string {
  if (decimal.unscaled === 0n) return "0";
  if (format === "BinarySI") {
    const text = binaryText(decimal);
    if (text !== undefined) return text;
  }
  const { unscaled, exponent } = stripZeros(decimal);
  const shift = ((exponent % 3) + 3) % 3;
  return `${unscaled * 10n ** BigInt(shift)}${decimalSuffix(exponent - shift, format === "BinarySI" ? "DecimalSI" : format)}`;
}

/** `1536Mi`; undefined where the binary form would lose something or where the amount is under a Ki. */
function binaryText(decimal: Decimal): string | undefined {
  const { unscaled, exponent } = stripZeros(decimal);
  if (exponent < 0 || exponent > 30) return undefined;
  let value = unscaled * 10n ** BigInt(exponent);
  if (value > -1024n && value < 1024n) return undefined;
  let power = 0;
  while (value % 1024n === 0n && binarySuffix(power + 1) !== undefined) {
    value /= 1024n;
    power++;
  }
  return `${value}${binarySuffix(power)}`;
}

const smallInteger = /^[1-9]\d{0,11}$/;
const grammar = /^([+-]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/;
/** Digits that an int64 certainly holds; longer numbers are read as big decimals and always rewritten. */
const digitsMax = 18;

/** Reads a quantity. Throws an Error with upstream's text. */
export function parseQuantity(text: string): Quantity {
  let quantity = known.get(text);
  if (!quantity) {
    quantity = readQuantity(text);
    if (text.length > knownLengthMax) return quantity;
    if (known.size >= knownMax) known.clear();
    known.set(text, quantity);
  }
  return quantity;
}

/** A cluster's objects say the same few amounts over and over. Quantities never change, so that they can be shared. */
const known = new Map<string, Quantity>();
const knownMax = 1_000;
const knownLengthMax = 32;

function readQuantity(text: string): Quantity {
  if (smallInteger.test(text)) {
    return Quantity.fromMilli(Number(text) * 1000, "DecimalSI", text.endsWith("000") ? undefined : text);
  }
  if (text === "") throw new Error(quantityFormatError);
  const [, sign, digits = "", fraction = "", tail = ""] = grammar.exec(text) ?? [];
  if (sign === undefined) throw new Error(quantityFormatError);
  const suffix = parseSuffix(tail);
  if (!suffix) throw new Error(quantitySuffixError);
  const unsigned = BigInt(`0${digits}${fraction}`);
  const unscaled = sign === "-" ? -unsigned : unsigned;
  const number = { digits: digits === "" ? "0" : digits, fraction, unscaled };
  return suffix.base === 2 ? parseBinary(text, number, suffix) : parseDecimal(text, number, suffix);
}

interface NumberPart {
  readonly digits: string;
  readonly fraction: string;
  readonly unscaled: bigint;
}

function parseDecimal(text: string, number: NumberPart, { exponent, format }: Suffix): Quantity {
  const shifted = number.digits + number.fraction;
  const scale = exponent - number.fraction.length;
  const short = shifted.length <= digitsMax && scale >= nano;
  // Upstream keeps the text as written where its first digits already are the canonical mantissa.
  const kept = short && scale % 3 === 0 && !shifted.endsWith("000") && shifted[0] !== "0";
  const decimal = roundTo({ unscaled: number.unscaled, exponent: scale }, nano);
  return Quantity.fromDecimal(decimal, format, kept ? text : undefined);
}

function parseBinary(text: string, number: NumberPart, { exponent, format }: Suffix): Quantity {
  const precision = 15 - number.digits.length - Math.trunc((exponent * 3) / 10) - 1;
  const unscaled = number.unscaled << BigInt(exponent);
  if (number.fraction === "" && precision >= 0) {
    const kept = number.unscaled % 8n !== 0n;
    return Quantity.fromDecimal({ unscaled, exponent: 0 }, format, kept ? text : undefined);
  }
  const rounded = roundTo({ unscaled, exponent: -number.fraction.length }, nano);
  return Quantity.fromDecimal(capped(rounded), format);
}

/** Binary quantities stop at the largest int64, in either direction. */
function capped(decimal: Decimal): Decimal {
  const max = { unscaled: int64Max, exponent: 0 };
  const min = { unscaled: -int64Max, exponent: 0 };
  if (compareDecimals(decimal, max) > 0) return max;
  return compareDecimals(decimal, min) < 0 ? min : decimal;
}

/** A quantity of whole units. */
export function quantityOf(value: number | bigint, format: QuantityFormat = "DecimalSI"): Quantity {
  return typeof value === "number"
    ? Quantity.fromMilli(value * 1000, format)
    : Quantity.fromDecimal({ unscaled: value, exponent: 0 }, format);
}

export const zeroQuantity: Quantity = Quantity.fromMilli(0);
