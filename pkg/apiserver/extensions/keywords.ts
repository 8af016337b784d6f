/** Keywords as upstream applies them, where that is not what JSON Schema says. They take the places of ajv's own. */
import { isDeepStrictEqual } from "node:util";
import type { Ajv, ErrorObject, KeywordDefinition } from "ajv";
import { formatNamed } from "./formats.ts";

/** What is wrong: the parameters of the error. */
type Rule<Wanted, Value> = (wanted: Wanted, value: Value) => Record<string, unknown> | undefined;

/** A schema's `type`, with what else decides whether a value is of it. */
export interface ValueType {
  readonly types: readonly string[];
  readonly format: string;
  readonly nullable: boolean;
}

export function addKeywords(ajv: Ajv): void {
  for (const [keyword, rule] of Object.entries(numberRules)) {
    ajv.removeKeyword(keyword);
    ajv.addKeyword(definition(keyword, rule, { type: "number", schemaType: "number" }));
  }
  ajv.addKeyword(definition("valueType", valueType, { schemaType: "object" }));
  ajv.removeKeyword("enum");
  ajv.addKeyword(definition("enum", enumeration, { schemaType: "array" }));
  ajv.removeKeyword("format");
  ajv.addKeyword(definition("format", textFormat, { type: "string", schemaType: "string" }));
  for (const keyword of ["maxItems", "uniqueItems", "required"]) moveToEnd(ajv, keyword);
}

/** What is wrong with members is told before what is wrong with the whole. */
function moveToEnd(ajv: Ajv, keyword: string): void {
  const known = ajv.getKeyword(keyword);
  if (typeof known !== "object") throw new Error(`ajv has no definition of ${keyword}`);
  // ajv defines `minItems` along with `maxItems`.
  for (const one of [known.keyword ?? keyword].flat()) ajv.removeKeyword(one);
  ajv.addKeyword(known as KeywordDefinition);
}

function definition<Wanted, Value>(
  keyword: string,
  rule: Rule<Wanted, Value>,
  applies: Pick<KeywordDefinition, "type" | "schemaType">,
): KeywordDefinition {
  const validate = Object.assign(
    (wanted: Wanted, value: Value): boolean => {
      const params = rule(wanted, value);
      validate.errors = params ? [{ keyword, params }] : [];
      return params === undefined;
    },
    { errors: [] as Partial<ErrorObject>[] },
  );
  return { keyword, ...applies, errors: true, validate } as KeywordDefinition;
}

/** An integer is held against the integer part of what the schema says. */
const bound =
  (holds: (value: number, limit: number) => boolean): Rule<number, number> =>
  (wanted, value) => {
    const limit = Number.isInteger(value) ? Math.trunc(wanted) : wanted;
    return holds(value, limit) ? undefined : { limit };
  };

const numberRules: Readonly<Record<string, Rule<number, number>>> = {
  minimum: bound((value, limit) => value >= limit),
  exclusiveMinimum: bound((value, limit) => value > limit),
  maximum: bound((value, limit) => value <= limit),
  exclusiveMaximum: bound((value, limit) => value < limit),
  multipleOf: bound(isMultiple),
};

/** No number is a multiple of a factor that is not positive. */
function isMultiple(value: number, factor: number): boolean {
  if (factor <= 0) return false;
  if (Number.isInteger(value)) return value % factor === 0;
  return isNearlyInteger(factor < 1 ? (1 / factor) * value : value / factor);
}

/** Fractions in base two are seldom exact: what differs by a billionth is the same. */
function isNearlyInteger(value: number): boolean {
  const difference = Math.abs(value - Math.trunc(value));
  return difference === 0 || difference < 1e-9 * (Math.abs(value) + Math.abs(Math.trunc(value)));
}

/** Null is in no enumeration, even where it is listed. */
const enumeration: Rule<readonly unknown[], unknown> = (allowedValues, value) =>
  value !== null && allowedValues.some((one) => isDeepStrictEqual(one, value)) ? undefined : { allowedValues };

const textFormat: Rule<string, string> = (format, text) =>
  formatNamed(format)?.(text) === false ? { format } : undefined;

/** What a value is, as JSON Schema calls it, and the format that a number has by itself. */
function typeOf(value: unknown): { readonly type: string; readonly format: string } {
  if (value === null) return { type: "null", format: "" };
  if (Array.isArray(value)) return { type: "array", format: "" };
  if (typeof value !== "number") return { type: typeof value, format: "" };
  return Number.isInteger(value) ? { type: "integer", format: "int64" } : { type: "number", format: "float64" };
}

/** A text or list under a format need not be of the type, for the format decides; of anything else the format is told as its type. */
const valueType: Rule<ValueType, unknown> = ({ types, format, nullable }, value) => {
  const found = typeOf(value);
  if (found.type === "null") {
    return types.length === 0 || nullable ? undefined : { wanted: types.join(","), found: "null" };
  }
  const isOfType = types.includes(found.type) || (found.type === "integer" && types.includes("number"));
  const takesNumbers = types.includes("number") || types.includes("integer");
  if (format && (typeof value === "string" || Array.isArray(value))) {
    if (!takesNumbers) return undefined;
  } else if (format && !isOfType && found.format !== format) return { wanted: format, found: found.format };
  return isOfType ? undefined : { wanted: types.join(","), found: found.type };
};
