/** Objects against the schema of their resource: ajv finds what is wrong, and it is told in the words that clients know. */
import { Ajv, type ValidateFunction } from "ajv";
import { compileRegExp } from "#pkg/apimachinery/regexp/index.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Correlation } from "./correlation.ts";
import { formatNamed } from "./formats.ts";
import { addKeywords, type ValueType } from "./keywords.ts";
import { fieldErrors, segmentsOf } from "./schema-errors.ts";
import { hasRawNumber, type Structural } from "./structural.ts";

type Json = Record<string, unknown>;

/** A schema that is compiled when the first object comes. */
export class SchemaValidator {
  readonly #schema: Structural;
  readonly #isDefault: boolean;
  #compiled: Compiled | undefined;

  /**
   * `isDefault`: what is validated stands in a schema. Formats that nobody knows count there too, and numbers that may be
   * texts have no type of their own.
   */
  constructor(schema: Structural, { isDefault = false } = {}) {
    this.#schema = schema;
    this.#isDefault = isDefault;
  }

  /**
   * `at`: where the value is in its object; what is wrong is worded as of the value itself. What was wrong before and did
   * not change is let be.
   */
  validate(value: unknown, at = "", before?: Correlation): FieldError[] {
    this.#compiled ??= compile(this.#schema, this.#isDefault);
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

/**
 * Patterns come from users: they are RE2's, and never take more than linear time. Ajv takes two for the same when their
 * texts are. `code` is for generated modules only.
 */
const linearPatterns = Object.assign((pattern: string) => ({ ...compileRegExp(pattern), toString: () => pattern }), {
  code: "compileRegExp",
});

let shared: Ajv | undefined;

interface Compiled {
  readonly validate: ValidateFunction;
  /** What was compiled. */
  readonly plain: object;
}

function makeCompiler(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    // What upstream lets a schema say and JSON Schema does not, counts: lengths below zero, values listed twice.
    validateSchema: false,
    logger: false,
    code: { regExp: linearPatterns },
  });
  addKeywords(ajv);
  return ajv;
}

function compile(schema: Structural, isDefault: boolean): Compiled {
  shared ??= makeCompiler();
  const plain = plainSchema(schema, { isRoot: true, isDefault }) as object;
  const compiled = shared.compile(plain);
  // What was compiled stands on its own: the compiler need not remember it.
  shared.removeSchema(plain);
  return { validate: compiled, plain };
}

/** Keywords that ajv would take for something else, or that say nothing of values. */
const ignored = new Set(["default", "example", "description", "title", "externalDocs", "id", "$schema", "$ref"]);

interface Conversion {
  readonly isRoot?: boolean;
  readonly isDefault: boolean;
}

/** JSON Schema without Kubernetes' extensions. The whole object's own metadata is validated elsewhere. */
function plainSchema(schema: unknown, { isRoot = false, isDefault }: Conversion): unknown {
  if (typeof schema !== "object" || schema === null) return schema;
  const out: Json = {};
  const below = (inner: unknown): unknown => plainSchema(inner, { isDefault });
  for (const [name, value] of Object.entries(schema as Json)) {
    if (name.startsWith("x-kubernetes-") || ignored.has(name)) continue;
    if (name === "properties" || name === "patternProperties" || name === "definitions") {
      const members = Object.entries(value as Json).filter(([member]) => !(isRoot && member === "metadata"));
      out[name] = Object.fromEntries(members.map(([member, inner]) => [member, below(inner)]));
    } else if (name === "items" || name === "additionalProperties" || name === "not" || name === "additionalItems") {
      out[name] = below(value);
    } else if (name === "allOf" || name === "anyOf" || name === "oneOf") {
      out[name] = (value as unknown[]).map(below);
    } else if (name === "exclusiveMinimum" || name === "exclusiveMaximum") {
      // Version 4 of JSON Schema: a bool beside the bound.
    } else if (name !== "type" && name !== "nullable" && !saysNothing(name, value)) out[name] = value;
  }
  const valueType = valueTypeOf(schema as Structural, isDefault);
  if (valueType) out["valueType"] = valueType;
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
  return out;
}

/** Lists without members and formats that nobody knows. */
const saysNothing = (name: string, value: unknown): boolean =>
  (name === "enum" && (value as unknown[]).length === 0) || (name === "format" && !isKnownFormat(value));

const isKnownFormat = (format: unknown): format is string =>
  typeof format === "string" && formatNamed(format) !== undefined;

function valueTypeOf(schema: Structural, isDefault: boolean): ValueType | undefined {
  const { type, nullable = false } = schema;
  const types = type ? [type] : schema["x-kubernetes-int-or-string"] && !isDefault ? ["integer", "string"] : [];
  const format = isDefault || isKnownFormat(schema.format) ? (schema.format ?? "") : "";
  return types.length > 0 || format ? { types, format, nullable } : undefined;
}

const joined = (at: string, path: string): string => (path.startsWith("[") ? `${at}${path}` : `${at}.${path}`);
