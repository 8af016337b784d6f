/** The suffixes of quantities and the three ways to write one (resource.Format). */

/** `12Mi`, `12M`, `12e6`. */
export type QuantityFormat = "BinarySI" | "DecimalSI" | "DecimalExponent";

export interface Suffix {
  readonly base: 2 | 10;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];

const known = new Map<string, Suffix>();
for (const [i, text] of decimal.entries()) known.set(text, { base: 10, exponent: 3 * i - 9, format: "DecimalSI" });
for (const [i, text] of binary.entries()) {
  if (text !== "") known.set(text, { base: 2, exponent: 10 * i, format: "BinarySI" });
}

/** Reads what follows the number; undefined where no such suffix exists. */
export function parseSuffix(text: string): Suffix | undefined {
  const suffix = known.get(text);
  if (suffix) return suffix;
  if (!/^[eE][+-]?\d+$/.test(text)) return undefined;
  const exponent = BigInt(text[1] === "+" ? text.slice(2) : text.slice(1));
  if (BigInt.asIntN(64, exponent) !== exponent) return undefined;
  return { base: 10, exponent: Number(BigInt.asIntN(32, exponent)), format: "DecimalExponent" };
}

/** The suffix for 1024^power; undefined beyond `Ei`. */
export const binarySuffix = (power: number): string | undefined => binary[power];

/** The suffix for 10^exponent, where exponent is a multiple of 3; beyond `n` and `E` the exponent form. */
export function decimalSuffix(exponent: number, format: QuantityFormat): string {
  if (exponent === 0) return "";
  const text = format === "DecimalExponent" ? undefined : decimal[exponent / 3 + 3];
  return text ?? `e${exponent}`;
}
