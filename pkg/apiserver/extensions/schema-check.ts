/**
 * A value against a schema, keyword by keyword. The schema is walked as it is, and only where the value leads: nothing is
 * compiled, so that a thousand large schemas cost no more than their own size.
 */
import {
  brokenBounds,
  hasDuplicates,
  hasFormat,
  isKnownFormat,
  isListed,
  lengthOf,
  type TypeOptions,
  wrongType,
} from "./keywords.ts";
import { patternOf } from "./patterns.ts";
import { asSchema, type Structural } from "./structural.ts";

type Json = Record<string, unknown>;

/** One thing that is wrong. */
export interface Finding {
  /** Of the schema; `valueType` is what `type`, `format` and `nullable` say together. */
  readonly keyword: string;
  readonly params: Readonly<Json>;
  readonly value: unknown;
  /** Names and indices on the way to the value. */
  readonly instance: readonly string[];
  /** The way through the schema, the keyword last. */
  readonly steps: readonly string[];
}

/**
 * Everything that is wrong; of schemas put together what their branches say comes before what the whole says. The metadata
 * of the value itself is looked at elsewhere. The value holds plain numbers only.
 */
export function check(schema: Structural, value: unknown, options: TypeOptions): Finding[] {
  const run = new Check(options);
  run.value(schema, value);
  return run.findings;
}

class Check {
  readonly findings: Finding[] = [];
  readonly #options: TypeOptions;
  readonly #instance: string[] = [];
  readonly #steps: string[] = [];

  constructor(options: TypeOptions) {
    this.#options = options;
  }

  value(schema: Structural, value: unknown): void {
    this.#compositions(schema, value);
    const wrong = wrongType(schema, value, this.#options);
    if (wrong) this.#add("valueType", value, { ...wrong });
    if (!isListed(schema.enum, value)) this.#add("enum", value, { allowedValues: schema.enum });
    if (typeof value === "string") this.#text(schema, value);
    else if (typeof value === "number") this.#number(schema, value);
    else if (Array.isArray(value)) this.#items(schema, value);
    else if (typeof value === "object" && value !== null) this.#members(schema, value as Json);
  }

  #add(keyword: string, value: unknown, params: Json = {}): void {
    this.findings.push({ keyword, params, value, instance: [...this.#instance], steps: [...this.#steps, keyword] });
  }

  #number(schema: Structural, value: number): void {
    for (const { keyword, limit } of brokenBounds(schema, value)) this.#add(keyword, value, { limit });
  }

  #text({ maxLength, minLength, pattern, format }: Structural, value: string): void {
    if (maxLength !== undefined && lengthOf(value) > maxLength) this.#add("maxLength", value, { limit: maxLength });
    if (minLength !== undefined && lengthOf(value) < minLength) this.#add("minLength", value, { limit: minLength });
    if (pattern !== undefined && !patternOf(pattern).test(value)) this.#add("pattern", value, { pattern });
    if (isKnownFormat(format) && !hasFormat(format, value)) this.#add("format", value, { format });
  }

  /** What is wrong with members is told before what is wrong with the whole. */
  #items(schema: Structural, list: readonly unknown[]): void {
    const { maxItems, minItems, uniqueItems } = schema;
    const items = asSchema(schema.items);
    if (items) {
      this.#steps.push("items");
      for (let at = 0; at < list.length; at++) this.#inside(items, String(at), list[at]);
      this.#steps.pop();
    }
    if (maxItems !== undefined && list.length > maxItems) this.#add("maxItems", list, { limit: maxItems });
    if (minItems !== undefined && list.length < minItems) this.#add("minItems", list, { limit: minItems });
    if (uniqueItems && hasDuplicates(list)) this.#add("uniqueItems", list);
  }

  #members(schema: Structural, members: Readonly<Json>): void {
    const { maxProperties, minProperties, required = [] } = schema;
    const count = Object.keys(members).length;
    if (maxProperties !== undefined && count > maxProperties)
      this.#add("maxProperties", members, { limit: maxProperties });
    if (minProperties !== undefined && count < minProperties)
      this.#add("minProperties", members, { limit: minProperties });
    this.#unnamed(schema, members);
    this.#named(schema, members);
    for (const name of required) {
      if (!Object.hasOwn(members, name)) this.#add("required", members, { missingProperty: name });
    }
  }

  #isNamed({ properties }: Structural, name: string): boolean {
    const isMetadata = name === "metadata" && this.#steps.length === 0;
    return !isMetadata && properties !== undefined && Object.hasOwn(properties, name);
  }

  #unnamed(schema: Structural, members: Readonly<Json>): void {
    const { additionalProperties } = schema;
    if (additionalProperties === undefined || additionalProperties === (true as unknown)) return;
    const values = asSchema(additionalProperties);
    const names = Object.keys(members).filter((name) => !this.#isNamed(schema, name));
    if (!values) {
      for (const _ of names) this.#add("additionalProperties", members);
      return;
    }
    this.#steps.push("additionalProperties");
    for (const name of names) this.#inside(values, name, members[name]);
    this.#steps.pop();
  }

  #named(schema: Structural, members: Readonly<Json>): void {
    const { properties } = schema;
    if (!properties) return;
    for (const name of Object.keys(properties)) {
      if (!Object.hasOwn(members, name) || !this.#isNamed(schema, name)) continue;
      this.#steps.push("properties", name);
      this.#inside(properties[name] as Structural, name, members[name]);
      this.#steps.length -= 2;
    }
  }

  #inside(schema: Structural, segment: string, value: unknown): void {
    this.#instance.push(segment);
    this.value(schema, value);
    this.#instance.pop();
  }

  #compositions({ not, anyOf, oneOf, allOf }: Structural, value: unknown): void {
    if (not) this.#not(not as Structural, value);
    if (anyOf) this.#anyOf(anyOf as readonly Structural[], value);
    if (oneOf) this.#oneOf(oneOf as readonly Structural[], value);
    if (allOf) for (const [at, part] of allOf.entries()) this.#branch("allOf", at, part as Structural, value);
  }

  /** Whether the value is as the branch wants it; what is wrong is added. */
  #branch(keyword: string, at: number | undefined, schema: Structural, value: unknown): boolean {
    const before = this.findings.length;
    const depth = this.#steps.length;
    this.#steps.push(keyword);
    if (at !== undefined) this.#steps.push(String(at));
    this.value(schema, value);
    this.#steps.length = depth;
    return this.findings.length === before;
  }

  #not(schema: Structural, value: unknown): void {
    const before = this.findings.length;
    const isValid = this.#branch("not", undefined, schema, value);
    this.findings.length = before;
    if (isValid) this.#add("not", value);
  }

  #anyOf(schemas: readonly Structural[], value: unknown): void {
    const before = this.findings.length;
    const isValid = schemas.some((schema, at) => this.#branch("anyOf", at, schema, value));
    if (isValid) this.findings.length = before;
    else this.#add("anyOf", value);
  }

  /** The second that is valid ends it. */
  #oneOf(schemas: readonly Structural[], value: unknown): void {
    const before = this.findings.length;
    let valid = 0;
    for (const [at, schema] of schemas.entries()) {
      if (this.#branch("oneOf", at, schema, value)) valid++;
      if (valid === 2) break;
    }
    if (valid === 1) this.findings.length = before;
    else this.#add("oneOf", value, { valid });
  }
}
