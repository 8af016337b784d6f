/** What single keywords of a schema ask, as upstream applies them, where that is not what JSON Schema says. */
import { isDeepStrictEqual } from "node:util";
import { formatNamed } from "./formats.ts";
import type { Structural } from "./structural.ts";

/** Keeps what applies to numbers: what `limit` is held against, and which bound was not kept. */
interface BrokenBound {
  readonly keyword: string;
  readonly limit: number;
}

/** In the order in which they are told. */
export function brokenBounds(schema: Structural, value: number): BrokenBound[] {
  const broken: BrokenBound[] = [];
  const hold = (keyword: string, limit: number | undefined, holds: (limit: number) => boolean): void => {
    if (limit === undefined) return;
    // An integer is held against the integer part of what the schema says.
    const counted = Number.isInteger(value) ? Math.trunc(limit) : limit;
    if (!holds(counted)) broken.push({ keyword, limit: counted });
  };
  const { minimum, maximum } = schema;
  if (schema.exclusiveMinimum) hold("exclusiveMinimum", minimum, (limit) => value > limit);
  else hold("minimum", minimum, (limit) => value >= limit);
  if (schema.exclusiveMaximum) hold("exclusiveMaximum", maximum, (limit) => value < limit);
  else hold("maximum", maximum, (limit) => value <= limit);
  hold("multipleOf", schema.multipleOf, (factor) => isMultiple(value, factor));
  return broken;
}

/** No number is a multiple of a factor that is not positive. */
function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return false;
  if (Number.isInteger(value)) return value % factor === 0;
  return isNearlyInteger(factor < 1 ? (1 / factor) * value : value / factor);
}

/** Fractions in base two are seldom exact: what differs by a billionth is the same. */
function isNearlyInteger(value: number): boolean {
  const difference = Math.abs(value - Math.trunc(value));
  return difference === 0 || difference < 1e-9 * (Math.abs(value) + Math.abs(Math.trunc(value)));
}

/** An empty enumeration says nothing; null is in none, even where it is listed. */
export const isListed = (allowed: readonly unknown[] | undefined, value: unknown): boolean =>
  !allowed || allowed.length === 0 || (value !== null && allowed.some((one) => isDeepStrictEqual(one, value)));

export const isKnownFormat = (format: string | undefined): format is string =>
  format !== undefined && formatNamed(format) !== undefined;

/** What a value is, as JSON Schema calls it, and the format that a number has by itself. */
function typeOf(value: unknown): { readonly type: string; readonly format: string } {
  if (value === null) return { type: "null", format: "" };
  if (Array.isArray(value)) return { type: "array", format: "" };
  if (typeof value !== "number") return { type: typeof value, format: "" };
  return Number.isInteger(value) ? { type: "integer", format: "int64" } : { type: "number", format: "float64" };
}

export interface TypeOptions {
  /** Of a default: formats that nobody knows count, and numbers that may be texts have no type of their own. */
  readonly isDefault: boolean;
}

function typesOf(schema: Structural, { isDefault }: TypeOptions): readonly string[] {
  if (schema.type) return [schema.type];
  return schema["x-kubernetes-int-or-string"] && !isDefault ? ["integer", "string"] : [];
}

const formatOf = ({ format }: Structural, { isDefault }: TypeOptions): string =>
  isDefault || isKnownFormat(format) ? (format ?? "") : "";

export const saysType = (schema: Structural, options: TypeOptions): boolean =>
  typesOf(schema, options).length > 0 || formatOf(schema, options) !== "";

interface WrongType {
  readonly wanted: string;
  readonly found: string;
}

/**
 * Undefined: the value is of its type. A text or list under a format need not be, for the format decides; of anything else
 * the format is told as its type.
 */
export function wrongType(schema: Structural, value: unknown, options: TypeOptions): WrongType | undefined {
  const found = typeOf(value);
  if (found.type === schema.type) return undefined;
  const types = typesOf(schema, options);
  const format = formatOf(schema, options);
  if (types.length === 0 && !format) return undefined;
  if (found.type === "null") {
    return types.length === 0 || schema.nullable ? undefined : { wanted: types.join(","), found: "null" };
  }
  const isOfType = types.includes(found.type) || (found.type === "integer" && types.includes("number"));
  const takesNumbers = types.includes("number") || types.includes("integer");
  if (format && (typeof value === "string" || Array.isArray(value))) {
    if (!takesNumbers) return undefined;
  } else if (format && !isOfType && found.format !== format) return { wanted: format, found: found.format };
  return isOfType ? undefined : { wanted: types.join(","), found: found.type };
}

/** Characters, not the 16 bits of which JavaScript's texts are made. */
export function lengthOf(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (!isPair) continue;
    length--;
    at++;
  }
  return length;
}

export function hasFormat(format: string, text: string): boolean {
  return formatNamed(format)?.(text) !== false;
}

export const hasDuplicates = (items: readonly unknown[]): boolean =>
  items.some((item, at) => items.slice(at + 1).some((other) => isDeepStrictEqual(item, other)));
