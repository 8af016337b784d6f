import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";
import { withSortedMaps } from "./internal-form/index.ts";
import { sameMeaning } from "./semantic.ts";

/** `shown`: the new value as upstream prints it, where that is not the value itself. */
export function* immutable(path: string, next: unknown, old: unknown, shown: unknown = next): Findings {
  if (!sameMeaning(next, old)) yield fixed(path, shown ?? null);
}

export const fixed = (path: string, shown: unknown): FieldError =>
  invalid(path, withSortedMaps(shown), "field is immutable");
