/**
 * What the documents say in words. The words are upstream's, and no part of this repository: `make build` and `make generate`
 * put them into a file beside this module (hack/descriptions). Without it the documents have but a few descriptions.
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Operation } from "./operations.ts";
import type { Parameter } from "./parameters.ts";
import type { Schema } from "./schemas.ts";

export interface SchemaTexts {
  readonly text?: string;
  /** By field. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface Texts {
  /** By the schema's name. */
  readonly schemas: Readonly<Record<string, SchemaTexts>>;
  /** By one of `parameterKeys`. */
  readonly parameters: Readonly<Record<string, string>>;
}

export const textsFile = new URL("./openapi-descriptions.json.gz", import.meta.url);

const noTexts: Texts = { schemas: {}, parameters: {} };

/** Some milliseconds of reading: who needs them more than once keeps them. */
export function readTexts(): Texts {
  return existsSync(textsFile) ? (JSON.parse(gunzipSync(readFileSync(textsFile)).toString()) as Texts) : noTexts;
}

const textOf = (texts: Readonly<Record<string, string>>, name: string): string | undefined =>
  Object.hasOwn(texts, name) ? texts[name] : undefined;

/** A schema of the version 3 document with its description and those of its fields. */
export function describeSchema(name: string, schema: Schema, { schemas }: Texts): Schema {
  const found = Object.hasOwn(schemas, name) ? schemas[name] : undefined;
  if (!found) return schema;
  const properties = schema["properties"] as Record<string, Schema> | undefined;
  const { description = found.text, ...rest } = schema;
  return {
    ...(description === undefined ? {} : { description }),
    ...rest,
    ...(properties ? { properties: describeFields(properties, found.fields) } : {}),
  };
}

function describeFields(properties: Readonly<Record<string, Schema>>, texts: SchemaTexts["fields"]): Schema {
  const described = Object.entries(properties).map(([field, schema]): [string, Schema] => {
    const description = textOf(texts, field);
    // Beside a bare reference nothing else counts.
    if (description === undefined || "$ref" in schema) return [field, schema];
    const { description: _, ...rest } = schema;
    return [field, { description, ...rest }];
  });
  return Object.fromEntries(described);
}

/** Where the text of `query/container` is looked for: it may differ by the kind or by the method of the operation. */
export function parameterKeys({ of, method }: Pick<Operation, "of" | "method">, name: string): string[] {
  return [`${of?.kind} ${name}`, `${method} ${name}`, name];
}

/** One object for all operations that say the same of a parameter: there are thousands of them. */
const known = new WeakMap<Parameter, Map<string, Parameter>>();

function describedParameter(parameter: Parameter, description: string): Parameter {
  const byText = known.getOrInsertComputed(parameter, () => new Map());
  return byText.getOrInsertComputed(description, () => ({ ...parameter, description }));
}

export function describeParameters(operation: Operation, { parameters }: Texts): Operation {
  const described = (parameter: Parameter): Parameter => {
    const keys = parameterKeys(operation, `${parameter.in}/${parameter.name}`);
    const text = keys.map((key) => textOf(parameters, key)).find((found) => found !== undefined);
    return text === undefined ? parameter : describedParameter(parameter, text);
  };
  return { ...operation, parameters: operation.parameters.map(described) };
}
