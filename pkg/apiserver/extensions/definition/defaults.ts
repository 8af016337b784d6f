/** Defaults must themselves be what their schema asks for. */
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { prune } from "../structural.ts";
import { SchemaValidator } from "../validate.ts";
import { hasDefaults, itemsSchema, propertiesOf, type Schema } from "./schema-walk.ts";

export interface DefaultRules {
  /** What the schema does not name may not be in a default. */
  readonly pruned: boolean;
}

/** Nothing below `additionalProperties` has a default that counts. */
export function* defaultErrors(path: string, schema: Schema, rules: DefaultRules): Findings {
  if (hasDefaults(schema)) yield* defaultError(`${path}.default`, schema, rules);
  const items = itemsSchema(schema);
  if (items) yield* defaultErrors(`${path}.items`, items, rules);
  for (const [name, property] of propertiesOf(schema)) {
    yield* defaultErrors(`${path}.properties[${name}]`, property, rules);
  }
}

function* defaultError(path: string, schema: Schema, { pruned }: DefaultRules): Findings {
  if (pruned && isUnpruned(schema)) yield invalid(path, schema.default, "must not have unknown fields");
  const value = plainDefault(schema);
  for (const { field, detail, reason } of new SchemaValidator(schema, { anyFormat: true }).validate(value)) {
    // The value itself has no name, and upstream leaves its place empty.
    if (field === "<nil>" || field === "")
      yield { field: path, detail: detail.replace(/: in body /, ":  in body "), reason };
    else yield { field: field.startsWith("[") ? `${path}${field}` : `${path}.${field}`, detail, reason };
  }
}

/** Numbers that are kept as they were written become numbers. */
const plainDefault = (schema: Schema): unknown => JSON.parse(JSON.stringify(schema.default));

export function isUnpruned(schema: Schema): boolean {
  if (!hasDefaults(schema)) return false;
  const whole: Schema = { type: "object", properties: { value: schema } };
  return prune({ value: plainDefault(schema) }, whole).length > 0;
}
