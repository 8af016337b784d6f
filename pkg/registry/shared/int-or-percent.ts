/** Rules on values that are a number or a percentage. */
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";
import { atLeastZero } from "./findings.ts";

export type IntOrPercent = number | string;

const percentPattern = /^[0-9]+%$/;

/** A number of at least 0, or a percentage. */
export function* intOrPercent(path: string, value: IntOrPercent | undefined): Findings {
  if (typeof value !== "string") yield* atLeastZero(path, value);
  else if (!percentPattern.test(value)) {
    yield invalid(
      path,
      value,
      "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
    );
  }
}

/** The number or the percentage itself; what is neither counts as 0. */
export function amountOf(value: IntOrPercent | undefined): number {
  if (typeof value === "number") return value;
  if (value === undefined) return 0;
  if (percentPattern.test(value)) return Number(value.slice(0, -1));
  return /^[+-]?\d+$/.test(value) ? Number(value) : 0;
}

export function* notOverHundredPercent(path: string, value: IntOrPercent | undefined): Findings {
  if (typeof value === "string" && percentPattern.test(value) && amountOf(value) > 100) {
    yield invalid(path, value, "must not be greater than 100%");
  }
}
