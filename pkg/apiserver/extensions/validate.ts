/** Objects against the schema of their resource: ajv finds what is wrong, and it is told in the words that clients know. */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { compileRegExp } from "#pkg/apimachinery/regexp/index.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import {
  duplicate,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "#pkg/apimachinery/validation/field-error.ts";
import { formats } from "./formats.ts";
import type { Structural } from "./structural.ts";

type Json = Record<string, unknown>;

/** A schema that is compiled when the first object comes. */
export class SchemaValidator {
  readonly #schema: Structural;
  #validate: ValidateFunction | undefined;

  constructor(schema: Structural) {
    this.#schema = schema;
  }

  /** `at`: where the value is in its object; what is wrong is worded as of the value itself. */
  validate(value: unknown, at = ""): FieldError[] {
    this.#validate ??= compile(this.#schema);
    const errors = this.#validate(value) ? [] : toFieldErrors(this.#validate.errors ?? [], value, this.#schema);
    const found = [...errors, ...duplicateItems(value, this.#schema, "")];
    if (at === "") return found;
    return found.map((error) => ({ ...error, field: error.field === "<nil>" ? at : joined(at, error.field) }));
  }
}

/** Patterns come from users: they are RE2's, and never take more than linear time. `code` is for generated modules only. */
const linearPatterns = Object.assign((pattern: string) => compileRegExp(pattern), { code: "compileRegExp" });

function compile(schema: Structural): ValidateFunction {
  const options = { allErrors: true, strict: false, verbose: true, validateFormats: true, logger: false } as const;
  const ajv = new Ajv({ ...options, formats, code: { regExp: linearPatterns } });
  return ajv.compile(plainSchema(schema, true) as object);
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

/** `/spec/list/0/x` → `spec.list[0].x`. A segment of an array is an index. */
function pathOf(pointer: string, root: unknown): string {
  let path = "";
  let value: unknown = root;
  for (const escaped of pointer.split("/").slice(1)) {
    const segment = escaped.replace(/~1/g, "/").replace(/~0/g, "~");
    path += Array.isArray(value) ? `[${segment}]` : `${path === "" ? "" : "."}${segment}`;
    value = (value as Json | undefined)?.[segment];
  }
  return path;
}

const joined = (at: string, path: string): string => (path.startsWith("[") ? `${at}${path}` : `${at}.${path}`);

/** Of a text only the first that is wrong is told. */
const textKeywords = ["maxLength", "minLength", "pattern"];

function isTold({ keyword, schemaPath, instancePath }: ErrorObject, errors: readonly ErrorObject[]): boolean {
  // What fails inside of a choice is told by the choice.
  if (/\/(?:anyOf|oneOf|not)\//.test(schemaPath)) return false;
  const rank = textKeywords.indexOf(keyword);
  return !errors.some((other) => {
    const before = textKeywords.indexOf(other.keyword);
    return other.instancePath === instancePath && before >= 0 && before < rank;
  });
}

/** Lists that are sets or maps hold nothing twice. */
function duplicateItems(value: unknown, schema: Structural, path: string): FieldError[] {
  if (Array.isArray(value)) {
    const items = schema.items as Structural | undefined;
    const inside = items ? value.flatMap((item, at) => duplicateItems(item, items, `${path}[${at}]`)) : [];
    return [...repeated(value, schema, path), ...inside];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const properties = (schema.properties ?? {}) as Record<string, Structural>;
    const of = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    if (typeof of !== "object" || of === null) return [];
    return duplicateItems(member, of as Structural, path === "" ? name : `${path}.${name}`);
  });
}

function repeated(list: readonly unknown[], schema: Structural, path: string): FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const seen = new Set<string>();
  return list.flatMap((item, at) => {
    const identity = type === "set" ? item : Object.fromEntries(keys.map((key) => [key, (item as Json | null)?.[key]]));
    const text = JSON.stringify(identity);
    if (seen.has(text)) return [duplicate(`${path}[${at}]`, identity)];
    seen.add(text);
    return [];
  });
}

/** A null where a value must be is no value. `schema`: of the whole. */
function isMissing({ data, schemaPath }: ErrorObject, schema: Structural): boolean {
  const steps = schemaPath.split("/").slice(1, -1);
  const name = steps.pop();
  if (data !== null || name === undefined || steps.pop() !== "properties") return false;
  const parent = steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[decodeURIComponent(step)], schema);
  return ((parent as Structural | undefined)?.required ?? []).includes(decodeURIComponent(name));
}

function toFieldErrors(errors: readonly ErrorObject[], root: unknown, schema: Structural): FieldError[] {
  const told = errors.filter((error) => isTold(error, errors));
  const found = told.map((error) =>
    error.keyword === "type" && isMissing(error, schema)
      ? required(pathOf(error.instancePath, root))
      : fieldErrorOf(error, root),
  );
  const seen = new Set<string>();
  return found.filter((error) => {
    const key = `${error.field}\0${error.detail}`;
    return !seen.has(key) && seen.add(key);
  });
}

const goTypes: Readonly<Record<string, string>> = { boolean: "boolean", null: "null" };
const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return goTypes[typeof value] ?? typeof value;
};

function fieldErrorOf(error: ErrorObject, root: unknown): FieldError {
  const { keyword, data, instancePath } = error;
  const params = error.params as Json;
  const path = pathOf(instancePath, root);
  const name = path === "" ? "" : `${path} `;
  const inBody = (text: string): FieldError => invalid(path || "<nil>", data, `${name}in body ${text}`);
  const limit = params["limit"] as number;
  switch (keyword) {
    case "type": {
      const wanted = ([params["type"]].flat() as string[]).filter((one) => one !== "null").join(",");
      const found = typeOf(data);
      return typeInvalid(path || "<nil>", found, `${name}in body must be of type ${wanted}: ${JSON.stringify(found)}`);
    }
    case "required": {
      const missing = String(params["missingProperty"]);
      return required(path === "" ? missing : `${path}.${missing}`);
    }
    case "enum":
      return notSupported(path, data, (params["allowedValues"] as unknown[]).filter((v) => v !== null).map(String));
    case "maxLength":
      return tooLong(path, limit);
    case "maxItems":
      return tooMany(path, (data as unknown[]).length, limit);
    case "maxProperties":
      return tooMany(path, Object.keys(data as object).length, limit);
    case "minLength":
      return inBody(`should be at least ${limit} chars long`);
    case "minItems":
      return inBody(`should have at least ${limit} items`);
    case "minProperties":
      return inBody(`should have at least ${limit} properties`);
    case "uniqueItems":
      return inBody("shouldn't contain duplicates");
    case "pattern":
      return inBody(`should match '${params["pattern"]}'`);
    case "format":
      return typeInvalid(
        path || "<nil>",
        data,
        `${name}in body must be of type ${params["format"]}: ${JSON.stringify(data)}`,
      );
    case "multipleOf":
      return inBody(`should be a multiple of ${params["multipleOf"]}`);
    case "minimum":
      return inBody(`should be greater than or equal to ${limit}`);
    case "maximum":
      return inBody(`should be less than or equal to ${limit}`);
    case "exclusiveMinimum":
      return inBody(`should be greater than ${limit}`);
    case "exclusiveMaximum":
      return inBody(`should be less than ${limit}`);
    case "anyOf":
      return invalid(path || "<nil>", data, `${name}must validate at least one schema (anyOf)`);
    case "oneOf": {
      const found = Array.isArray(params["passingSchemas"]) ? "more than one" : "none";
      return invalid(
        path || "<nil>",
        data,
        `${name}must validate one and only one schema (oneOf). Found ${found} valid`,
      );
    }
    case "not":
      return invalid(path || "<nil>", data, `${name}must not validate the schema (not)`);
    default:
      return inBody(error.message ?? keyword);
  }
}
