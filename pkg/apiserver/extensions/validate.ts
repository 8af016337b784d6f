/** Objects against the schema of their resource: ajv finds what is wrong, and it is told in the words that clients know. */
import { Ajv, type ValidateFunction } from "ajv";
import { compileRegExp } from "#pkg/apimachinery/regexp/index.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Correlation } from "./correlation.ts";
import { formats } from "./formats.ts";
import { fieldErrors, segmentsOf } from "./schema-errors.ts";
import { hasRawNumber, type Structural } from "./structural.ts";

type Json = Record<string, unknown>;

/** A schema that is compiled when the first object comes. */
export class SchemaValidator {
  readonly #schema: Structural;
  #compiled: Compiled | undefined;

  constructor(schema: Structural) {
    this.#schema = schema;
  }

  /**
   * `at`: where the value is in its object; what is wrong is worded as of the value itself. What was wrong before and did
   * not change is let be.
   */
  validate(value: unknown, at = "", before?: Correlation): FieldError[] {
    this.#compiled ??= compile(this.#schema);
    const { validate, plain } = this.#compiled;
    const asked = hasRawNumber(value) ? JSON.parse(JSON.stringify(value)) : value;
    if (validate(asked)) return [];
    const errors = validate.errors ?? [];
    const counted = before
      ? errors.filter(({ instancePath }) => !before.isUnchangedAt(segmentsOf(instancePath)))
      : errors;
    const found = fieldErrors(counted, { value: asked, schema: plain });
    if (at === "") return found;
    return found.map((error) => ({ ...error, field: error.field === "<nil>" ? at : joined(at, error.field) }));
  }
}

/** Patterns come from users: they are RE2's, and never take more than linear time. `code` is for generated modules only. */
const linearPatterns = Object.assign((pattern: string) => compileRegExp(pattern), { code: "compileRegExp" });

let shared: Ajv | undefined;

interface Compiled {
  readonly validate: ValidateFunction;
  /** What was compiled. */
  readonly plain: object;
}

function compile(schema: Structural): Compiled {
  shared ??= new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    validateFormats: true,
    logger: false,
    formats,
    code: { regExp: linearPatterns },
  });
  const plain = plainSchema(schema, true) as object;
  const compiled = shared.compile(plain);
  // What was compiled stands on its own: the compiler need not remember it.
  shared.removeSchema(plain);
  return { validate: compiled, plain };
}

/** Keywords that ajv would take for something else, or that say nothing of values. */
const ignored = new Set(["default", "example", "description", "title", "externalDocs", "id", "$schema", "$ref"]);

/** JSON Schema without Kubernetes' extensions. The whole object's own metadata is validated elsewhere. */
function plainSchema(schema: unknown, isRoot = false): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  const out: Json = {};
  for (const [name, value] of Object.entries(schema as Json)) {
    if (name.startsWith("x-kubernetes-") || ignored.has(name)) continue;
    if (name === "properties" || name === "patternProperties" || name === "definitions") {
      const members = Object.entries(value as Json).filter(([member]) => !(isRoot && member === "metadata"));
      out[name] = Object.fromEntries(members.map(([member, inner]) => [member, plainSchema(inner)]));
    } else if (name === "items" || name === "additionalProperties" || name === "not" || name === "additionalItems") {
      out[name] = plainSchema(value);
    } else if (name === "allOf" || name === "anyOf" || name === "oneOf") {
      out[name] = (value as unknown[]).map((inner) => plainSchema(inner));
    } else if (name === "exclusiveMinimum" || name === "exclusiveMaximum") {
      // Version 4 of JSON Schema: a bool beside the bound.
    } else out[name] = value;
  }
  return withBounds(out, schema as Structural);
}

function withBounds(out: Json, schema: Structural): Json {
  if (schema.exclusiveMinimum && schema.minimum !== undefined) {
    out["exclusiveMinimum"] = schema.minimum;
    delete out["minimum"];
  }
  if (schema.exclusiveMaximum && schema.maximum !== undefined) {
    out["exclusiveMaximum"] = schema.maximum;
    delete out["maximum"];
  }
  if (schema["x-kubernetes-int-or-string"] && out["type"] === undefined) out["type"] = ["integer", "string"];
  if (schema.nullable && out["type"] !== undefined) {
    out["type"] = [out["type"], "null"].flat();
    // An enumeration does not speak of null.
    if (Array.isArray(out["enum"])) out["enum"] = [...out["enum"], null];
  }
  delete out["nullable"];
  return out;
}

const joined = (at: string, path: string): string => (path.startsWith("[") ? `${at}${path}` : `${at}.${path}`);
