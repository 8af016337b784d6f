import type { ControllerRevision } from "#api/types/apps/v1";
import { type FieldError, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";

export const validateRevision = ({ revision }: Readonly<ControllerRevision>): FieldError[] => [
  ...atLeastZero("revision", revision),
];

/** Revisions hold a JSON object; which one is their controller's business. */
export function validateNewRevision({ data }: Readonly<ControllerRevision>): FieldError[] {
  const value: unknown = data;
  if (value === undefined || value === null) return [required("data", "data is mandatory")];
  const isObject = typeof value === "object" && !Array.isArray(value);
  return isObject ? [] : [required("data", "data must be a valid JSON object")];
}

export const validateRevisionUpdate = (
  next: Readonly<ControllerRevision>,
  old: Readonly<ControllerRevision>,
): FieldError[] => [...immutable("data", next.data, old.data)];
