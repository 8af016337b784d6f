/**
 * The vocabulary of validation rules. A rule is a generator: it yields what is wrong, in the order in which upstream
 * says it, and nothing when all is well.
 */
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";

export type Findings = Generator<FieldError, void, undefined>;

export const int32Max = 2 ** 31 - 1;

export const rangeText = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`;

/** One finding for each text. */
export function* say(path: string, value: unknown, texts: readonly string[]): Findings {
  for (const text of texts) yield invalid(path, value, text);
}

export function* atLeastZero(path: string, value: number | undefined): Findings {
  if ((value ?? 0) < 0) yield invalid(path, value, "must be greater than or equal to 0");
}

export function* aboveZero(path: string, value: number | undefined): Findings {
  if ((value ?? 0) <= 0) yield invalid(path, value ?? 0, "must be greater than zero");
}

export function* within(path: string, value: number | undefined, low: number, high: number): Findings {
  if (value !== undefined && (value < low || value > high)) yield invalid(path, value, rangeText(low, high));
}

/** Runs `rule` for each item, with its path. */
export function* each<T>(
  path: string,
  items: readonly T[] | undefined | null,
  rule: (path: string, item: T, at: number) => Iterable<FieldError>,
): Findings {
  // By index: this runs for every list of every object, and an iterator of pairs would be made for each.
  for (let at = 0; at < (items?.length ?? 0); at += 1) yield* rule(`${path}[${at}]`, items?.[at] as T, at);
}

/** A value that must be one of a few; absent is required or unsupported, as upstream decides from field to field. */
export function* oneOf(path: string, value: string | undefined, supported: readonly string[]): Findings {
  if (!supported.includes(value ?? "")) yield notSupported(path, value ?? "", supported);
}

export function* requiredOneOf(path: string, value: string | undefined, supported: readonly string[]): Findings {
  if (!value) yield required(path);
  else yield* oneOf(path, value, supported);
}

/** A text that must be there. */
export function* filled(path: string, value: string | undefined): Findings {
  if (!value) yield required(path);
}

/** Entries of a map in the order of their keys: upstream's own order is random. */
export function entriesOf<T>(map: Readonly<Record<string, T>> | undefined | null): [string, T][] {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
