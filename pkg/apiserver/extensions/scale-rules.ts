/** What the definition calls replicas must be a number of them. */
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { ScalePaths } from "./custom-resource.ts";
import { isObject } from "./structural.ts";

const int32Max = 2 ** 31 - 1;

/** `parts`: which of the paths the endpoint may write. */
export function scaleErrors(object: object, paths: ScalePaths | undefined, parts: "all" | "status"): FieldError[] {
  if (!paths) return [];
  const errors = parts === "all" ? replicaErrors(object, paths.spec) : [];
  errors.push(...replicaErrors(object, paths.status));
  if (paths.selector) {
    const found = valueAt(object, paths.selector);
    if (found.wrong !== undefined || (found.value !== undefined && typeof found.value !== "string")) {
      const at = `.${paths.selector.join(".")}`;
      errors.push(
        invalid(
          at,
          "",
          found.wrong ??
            `${at} accessor error: ${shown(found.value)} is of the type ${goType(found.value)}, expected string`,
        ),
      );
    }
  }
  return errors;
}

function replicaErrors(object: object, path: readonly string[]): FieldError[] {
  const at = `.${path.join(".")}`;
  const { value, wrong } = valueAt(object, path);
  if (wrong !== undefined) return [invalid(at, 0, wrong)];
  if (value === undefined) return [];
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return [invalid(at, 0, `${at} accessor error: ${shown(value)} is of the type ${goType(value)}, expected int64`)];
  }
  if (value < 0) return [invalid(at, value, "should be a non-negative integer")];
  return value > int32Max ? [invalid(at, value, `should be less than or equal to ${int32Max}`)] : [];
}

interface Found {
  readonly value?: unknown;
  readonly wrong?: string;
}

function valueAt(object: object, path: readonly string[]): Found {
  let value: unknown = object;
  for (const name of path) {
    if (!isObject(value)) {
      const at = `.${path.join(".")}`;
      const wanted = "expected map[string]interface{}";
      return { wrong: `${at} accessor error: ${shown(value)} is of the type ${goType(value)}, ${wanted}` };
    }
    if (!Object.hasOwn(value, name)) return {};
    value = value[name];
  }
  return { value };
}

/** As Go prints a value of JSON. */
const shown = (value: unknown): string =>
  value === null ? "<nil>" : typeof value === "object" ? JSON.stringify(value) : String(value);

function goType(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "number") return Number.isInteger(value) ? "int64" : "float64";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "map[string]interface {}";
}
