/**
 * One thing wrong with one field, in the words that clients parse
 * (`spec.replicas: Invalid value: -1: must be greater than or equal to 0`).
 */

/** The machine-readable reasons of a `StatusCause` (metav1.CauseType). */
export type FieldErrorReason =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

export interface FieldError {
  readonly reason: FieldErrorReason;
  /** `spec.containers[0].image`; map keys as `metadata.labels[key]`. */
  readonly field: string;
  /** What stands after the path: `Invalid value: "x": must be …`. */
  readonly detail: string;
}

/** A bad value as upstream prints it: strings quoted, objects and lists as JSON, null as `null`. */
export function printValue(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "object") return JSON.stringify(value).replace(unsafeInPages, escaped);
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Go's JSON can stand inside a page or a script: it writes these as escapes. */
const unsafeInPages = /[<>&\u2028\u2029]/g;
const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

const withDetail = (head: string, detail: string | undefined) => (detail ? `${head}: ${detail}` : head);

export const required = (field: string, detail?: string): FieldError => ({
  reason: "FieldValueRequired",
  field,
  detail: withDetail("Required value", detail),
});
export const invalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: "FieldValueInvalid",
  field,
  detail: withDetail(`Invalid value: ${printValue(value)}`, detail),
});
export const typeInvalid = (field: string, value: unknown, detail: string): FieldError => ({
  reason: "FieldValueTypeInvalid",
  field,
  detail: withDetail(`Invalid value: ${printValue(value)}`, detail),
});
export const duplicate = (field: string, value: unknown): FieldError => ({
  reason: "FieldValueDuplicate",
  field,
  detail: `Duplicate value: ${printValue(value)}`,
});
export const forbidden = (field: string, detail: string): FieldError => ({
  reason: "FieldValueForbidden",
  field,
  detail: withDetail("Forbidden", detail),
});
export const notFoundValue = (field: string, value: unknown): FieldError => ({
  reason: "FieldValueNotFound",
  field,
  detail: `Not found: ${printValue(value)}`,
});
/** `supported` is listed in the order given: callers sort where upstream does. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  reason: "FieldValueNotSupported",
  field,
  detail: `Unsupported value: ${printValue(value)}: supported values: ${supported.map((s) => JSON.stringify(s)).join(", ")}`,
});
export const tooLong = (field: string, maxLength: number): FieldError => ({
  reason: "FieldValueTooLong",
  field,
  detail:
    maxLength < 0
      ? "Too long: value is too long"
      : `Too long: may not be more than ${maxLength} ${maxLength === 1 ? "byte" : "bytes"}`,
});
export const tooMany = (field: string, actual: number, max: number): FieldError => ({
  reason: "FieldValueTooMany",
  field,
  detail:
    max < 0
      ? `Too many: ${actual}: has too many items`
      : `Too many: ${actual}: must have at most ${max} ${max === 1 ? "item" : "items"}`,
});
export const internal = (field: string, detail: string): FieldError => ({
  reason: "InternalError",
  field,
  detail: `Internal error: ${detail}`,
});
