/** One schema as a whole. */

import { validateSchemaRules } from "#pkg/apimachinery/cel/schema/check.ts";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { defaultErrors } from "./defaults.ts";
import { printedSchema, schemaMembers } from "./printed.ts";
import { type Fault, schemaErrors } from "./schema-rules.ts";
import { isMemberSet, type Schema } from "./schema-walk.ts";
import type { Strictness } from "./strictness.ts";
import { structuralErrors, unsupportedMember } from "./structural-rules.ts";

export interface SchemaContext {
  readonly strictness: Strictness;
  /** Status is a subresource: its schema is taken out of the whole. */
  readonly status: boolean;
}

export function versionSchema(path: string, schema: Schema | undefined, context: SchemaContext): FieldError[] {
  if (!schema) return [];
  const { strictness } = context;
  const at = `${path}.openAPIV3Schema`;
  const errors = context.status ? rootErrors(at, schema) : [];
  if (schema.nullable) errors.push(forbidden(`${at}.nullable`, "nullable cannot be true at the root"));
  const unsupported = strictness.structural ? unsupportedMember(schema) : undefined;
  const shape = strictness.structural && unsupported === undefined ? shapeErrors(at, schema, strictness) : [];
  errors.push(...shape);
  const found = [...schemaErrors(at, schema, { ...strictness, isRoot: true, insideMeta: false })];
  errors.push(...found.map(({ error }) => error));
  if (strictness.structural && unsupported === undefined && shape.length === 0) {
    errors.push(...expressionErrors(at, schema, found));
  }
  if (errors.length === 0 && unsupported !== undefined) errors.push(invalid(at, "", unsupported));
  return errors;
}

/** The rules in CEL; not those of a schema that has faults itself or below, for it gives its values no type. */
function expressionErrors(path: string, schema: Schema, faults: readonly Fault[]): FieldError[] {
  return validateSchemaRules(schema, path).filter(({ field }) => {
    const place = field.replace(/\.x-kubernetes-validations(\[\d+\].*)?$/, "");
    return !faults.some(({ of }) => of === place || of.startsWith(`${place}.`));
  });
}

function shapeErrors(path: string, schema: Schema, strictness: Strictness): FieldError[] {
  const structural = structuralErrors(path, schema);
  if (structural.length > 0) return structural;
  return [...defaultErrors(path, schema, { pruned: strictness.prunedDefaults })];
}

const besideStatus = new Set(
  "Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations".split(
    " ",
  ),
);

/** Only what is not lost when the schema of status is taken out. */
function rootErrors(path: string, schema: Schema): FieldError[] {
  for (const [goName, name] of schemaMembers) {
    const value = schema[name];
    if (!isMemberSet(schema, name)) continue;
    if (goName === "Type" && value !== "object") {
      const text =
        'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return [invalid(`${path}.type`, value, text)];
    }
    if (besideStatus.has(goName)) continue;
    const text = `only [${[...besideStatus].join(" ")}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return [invalid(path, printedSchema(schema), text)];
  }
  return [];
}
