/** What a version says beside its schema: subresources, columns, selectable fields, that it is deprecated. */
import type {
  CustomResourceColumnDefinition,
  CustomResourceSubresourceScale,
  CustomResourceSubresources,
  SelectableField,
} from "#api/types/apiextensions.k8s.io/v1";
import { duplicate, invalid, required, tooMany } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { findField } from "./field-path.ts";
import type { InternalVersion } from "./internal.ts";
import type { Schema } from "./schema-walk.ts";

const columnTypes = ["boolean", "date", "integer", "number", "string"];
const columnFormats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const selectableFieldsMax = 8;
const warningLengthMax = 256;

export function* deprecation(path: string, { deprecated, deprecationWarning: warning }: InternalVersion): Findings {
  if (warning === undefined) return;
  for (const text of warningErrors(deprecated, warning)) yield invalid(path, warning, text);
}

function warningErrors(deprecated: boolean, warning: string): string[] {
  if (!deprecated) return ["can only be set for deprecated versions"];
  const errors: string[] = [];
  if (Buffer.byteLength(warning) > warningLengthMax) errors.push(`must be <= ${warningLengthMax} characters long`);
  if (warning === "") errors.push("must not be an empty string");
  // Of the white space only the space itself is printable.
  const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(warning);
  if (unprintable) {
    const at = Buffer.byteLength(warning.slice(0, unprintable.index));
    errors.push(`must only contain printable UTF-8 characters; non-printable character found at index ${at}`);
  }
  return errors;
}

export function* subresources(path: string, of: CustomResourceSubresources | undefined): Findings {
  if (of?.scale) yield* scale(`${path}.scale`, of.scale);
}

function* scale(path: string, of: CustomResourceSubresourceScale): Findings {
  yield* replicas(`${path}.specReplicasPath`, of.specReplicasPath, ".spec");
  yield* replicas(`${path}.statusReplicasPath`, of.statusReplicasPath, ".status");
  const selector = of.labelSelectorPath;
  if (!selector) return;
  const at = `${path}.labelSelectorPath`;
  const wrong = [...simplePath(at, selector)];
  yield* wrong;
  if (wrong.length === 0 && !/^\.(spec|status)\./.test(selector)) {
    yield invalid(at, selector, "should be a json path under either .spec or .status");
  }
}

function* replicas(path: string, text: string | undefined, root: string): Findings {
  if (!text) {
    yield required(path);
    return;
  }
  const wrong = [...simplePath(path, text)];
  yield* wrong;
  if (wrong.length === 0 && !text.startsWith(`${root}.`)) {
    yield invalid(path, text, `should be a json path under ${root}`);
  }
}

function* simplePath(path: string, text: string): Findings {
  if (!text.startsWith(".")) yield invalid(path, text, "must be a simple json path starting with .");
}

export function* printerColumn(path: string, column: CustomResourceColumnDefinition): Findings {
  const { name, type, format, jsonPath } = column;
  if (!name) yield required(`${path}.name`);
  const oneOfTypes = `must be one of ${columnTypes.join(",")}`;
  if (!type) yield required(`${path}.type`, oneOfTypes);
  else if (!columnTypes.includes(type)) yield invalid(`${path}.type`, type, oneOfTypes);
  if (format && !columnFormats.includes(format)) {
    yield invalid(`${path}.format`, format, `must be one of ${columnFormats.join(",")}`);
  }
  if (!jsonPath) yield required(`${path}.JSONPath`);
  else yield* simplePath(`${path}.JSONPath`, jsonPath);
}

export interface SelectableRules {
  readonly schema: Schema;
  /** As many as were stored may stay. */
  readonly mayBeMany: boolean;
}

export function* selectableFields(path: string, fields: readonly SelectableField[], rules: SelectableRules): Findings {
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (!jsonPath) {
      yield required(at);
      continue;
    }
    const found = findField(jsonPath, rules.schema, { arrays: false });
    if (typeof found === "string") {
      yield invalid(at, jsonPath, `is an invalid path: ${found}`);
      continue;
    }
    if (found.root === "metadata") yield invalid(at, jsonPath, "must not point to fields in metadata");
    if (!["string", "boolean", "integer"].includes(found.schema.type ?? "")) {
      const text =
        "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";
      yield invalid(at, jsonPath, text);
    }
    if (seen.has(found.path)) yield duplicate(at, jsonPath);
    seen.add(found.path);
  }
  if (seen.size > selectableFieldsMax && !rules.mayBeMany) yield tooMany(path, seen.size, selectableFieldsMax);
}
