/** Defaults must themselves be what their schema asks for. */
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "#pkg/registry/shared/findings.ts";
import { EmbeddedError, pruneEmbedded, validateEmbedded } from "../embedded.ts";
import { SchemaRules } from "../rules.ts";
import { prune } from "../structural.ts";
import { SchemaValidator } from "../validate.ts";
import { hasDefaults, itemsSchema, propertiesOf, type Schema } from "./schema-walk.ts";

type Json = Record<string, unknown>;

export interface DefaultRules {
  /** What the schema does not name may not be in a default. */
  readonly pruned: boolean;
}

interface Place extends DefaultRules {
  /** The default is of metadata, or of something in it. */
  readonly insideMeta: boolean;
  /** The nearest whole object that a value here is part of, with nothing else in it. */
  wholeOf(value: unknown): unknown;
}

/** Nothing below `additionalProperties` has a default that counts. */
export function defaultErrors(path: string, schema: Schema, { pruned }: DefaultRules): Findings {
  const root: Schema = { ...schema, "x-kubernetes-embedded-resource": true };
  return errorsBelow(path, root, { pruned, insideMeta: false, wholeOf });
}

const wholeOf = (value: unknown): unknown => ({ ...(value as Json), apiVersion: "validation/v1", kind: "Validation" });
const ofEveryObject = new Set(["metadata", "apiVersion", "kind"]);

function* errorsBelow(path: string, schema: Schema, place: Place): Findings {
  const isWhole = schema["x-kubernetes-embedded-resource"] === true;
  const here: Place = isWhole ? { ...place, insideMeta: false, wholeOf } : place;
  if (hasDefaults(schema)) yield* errorsOf(`${path}.default`, schema, here);
  const items = itemsSchema(schema);
  if (items) yield* errorsBelow(`${path}.items`, items, { ...here, wholeOf: (value) => here.wholeOf([value]) });
  for (const [name, property] of propertiesOf(schema)) {
    yield* errorsBelow(`${path}.properties[${name}]`, property, {
      pruned: here.pruned,
      insideMeta: here.insideMeta || (isWhole && ofEveryObject.has(name)),
      wholeOf: (value) => here.wholeOf({ [name]: value }),
    });
  }
}

/** What is found first is all that is told, but for unknown members. */
function* errorsOf(path: string, schema: Schema, place: Place): Findings {
  const value = plainDefault(schema);
  if (place.insideMeta) {
    const wrong = metadataError(place.wholeOf(structuredClone(value)) as Json);
    if (wrong !== undefined) {
      yield invalid(path, value, `must result in valid metadata: ${wrong}`);
      return;
    }
  } else {
    if (place.pruned && isUnpruned(schema)) yield invalid(path, schema.default, "must not have unknown fields");
    const wrong = embeddedErrors(path, schema, value);
    yield* wrong;
    if (wrong.length > 0) return;
  }
  const found = new SchemaValidator(schema, { isDefault: true }).validate(value);
  if (found.length > 0) yield* found.map((error) => placed(path, error));
  else {
    const rules = new SchemaRules(schema, schema["x-kubernetes-embedded-resource"] === true);
    for (const error of rules.validate(value, undefined, () => {})) {
      yield error.field.startsWith("[") ? { ...error, field: `${path}${error.field}` } : placed(path, error);
    }
  }
}

/** Where the value stands has no name while it is validated, and upstream leaves its place in the text empty. */
function placed(path: string, { field, detail, reason }: FieldError): FieldError {
  if (field === "<nil>" || field === "") {
    return { field: path, detail: detail.replace(/: in body /, ":  in body "), reason };
  }
  return { field: `${path}.${field}`, detail, reason };
}

function embeddedErrors(path: string, schema: Schema, value: unknown): FieldError[] {
  return validateEmbedded(value, schema).map((error) => ({ ...error, field: `${path}${dotted(error.field)}` }));
}

const dotted = (field: string): string => (/^[.[]/.test(field) ? field : `.${field}`);

function metadataError(object: Json): string | undefined {
  try {
    pruneEmbedded(object, "", true);
  } catch (error) {
    if (error instanceof EmbeddedError) return error.message.replace(/^\./, "");
    throw error;
  }
  const whole: Schema = { type: "object", "x-kubernetes-embedded-resource": true };
  const wrong = validateEmbedded(object, whole).map(({ field, detail }) => `${field.replace(/^\./, "")}: ${detail}`);
  return wrong.length > 1 ? `[${wrong.join(", ")}]` : wrong[0];
}

/** Numbers that are kept as they were written become numbers. */
const plainDefault = (schema: Schema): unknown => JSON.parse(JSON.stringify(schema.default));

export function isUnpruned(schema: Schema): boolean {
  if (!hasDefaults(schema)) return false;
  const whole: Schema = { type: "object", properties: { value: schema } };
  return prune({ value: plainDefault(schema) }, whole).length > 0;
}
