/**
 * Schemas in the protobuf form of OpenAPI v2, which Go's clients ask for: message and field numbers are those of gnostic's
 * `openapi.v2`. What stands in a schema as free JSON (defaults, enums, extensions) travels as text that is YAML too.
 */
import type { Schema } from "./schemas.ts";

const numbers = {
  $ref: 1,
  format: 2,
  title: 3,
  description: 4,
  default: 5,
  multipleOf: 6,
  maximum: 7,
  exclusiveMaximum: 8,
  minimum: 9,
  exclusiveMinimum: 10,
  maxLength: 11,
  minLength: 12,
  pattern: 13,
  maxItems: 14,
  minItems: 15,
  uniqueItems: 16,
  maxProperties: 17,
  minProperties: 18,
  required: 19,
  enum: 20,
  additionalProperties: 21,
  type: 22,
  items: 23,
  allOf: 24,
  properties: 25,
  example: 30,
} as const;
const extensionNumber = 31;
const doubles: ReadonlySet<string> = new Set(["multipleOf", "maximum", "minimum"]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A string, bytes or message under this number. */
export function lengthDelimited(number: number, value: string | Buffer): Buffer {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function double(number: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint(number * 8 + 1), bytes]);
}

const plain = (number: number, value: number): Buffer => Buffer.concat([varint(number * 8), varint(value)]);

/** `Any{2: yaml}` */
const anyMessage = (value: unknown): Buffer => lengthDelimited(2, `${JSON.stringify(value)}\n`);

/** `NamedSchema{1: name, 2: value}`, each under number 1 of Definitions or Properties. */
export function namedSchemas(schemas: Iterable<readonly [name: string, schema: Schema]>): Buffer {
  const named = ([name, schema]: readonly [string, Schema]) =>
    lengthDelimited(1, Buffer.concat([lengthDelimited(1, name), lengthDelimited(2, schemaMessage(schema))]));
  return Buffer.concat(Array.from(schemas, named));
}

const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function composed(name: string, number: number, value: unknown): Buffer | undefined {
  switch (name) {
    case "default":
    case "example":
      return lengthDelimited(number, anyMessage(value));
    case "enum":
      return Buffer.concat(asList(value).map((item) => lengthDelimited(number, anyMessage(item))));
    case "required":
      return Buffer.concat(asList(value).map((item) => lengthDelimited(number, String(item))));
    case "type":
      return lengthDelimited(number, Buffer.concat(asList(value).map((item) => lengthDelimited(1, String(item)))));
    case "items":
      return lengthDelimited(number, lengthDelimited(1, schemaMessage(value as Schema)));
    case "allOf":
      return Buffer.concat(asList(value).map((item) => lengthDelimited(number, schemaMessage(item as Schema))));
    case "properties":
      return lengthDelimited(number, namedSchemas(Object.entries(value as Record<string, Schema>)));
    case "additionalProperties":
      return lengthDelimited(
        number,
        typeof value === "boolean" ? plain(2, Number(value)) : lengthDelimited(1, schemaMessage(value as Schema)),
      );
    default:
      return undefined;
  }
}

function fieldMessage(name: string, value: unknown): Buffer {
  if (name.startsWith("x-")) {
    const extension = Buffer.concat([lengthDelimited(1, name), lengthDelimited(2, anyMessage(value))]);
    return lengthDelimited(extensionNumber, extension);
  }
  if (!Object.hasOwn(numbers, name)) throw new TypeError(`OpenAPI v2 has no place for ${name}`);
  const number = numbers[name as keyof typeof numbers];
  const message = composed(name, number, value);
  if (message) return message;
  if (typeof value === "boolean") return plain(number, Number(value));
  if (typeof value === "number") return doubles.has(name) ? double(number, value) : plain(number, value);
  return lengthDelimited(number, String(value));
}

/** One schema in its version 2 form. Throws for a member that version 2 does not have. */
export function schemaMessage(schema: Schema): Buffer {
  return Buffer.concat(Object.entries(schema).map(([name, value]) => fieldMessage(name, value)));
}
