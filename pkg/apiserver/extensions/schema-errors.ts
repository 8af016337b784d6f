/** What is wrong with a value, in the words that clients know, and only what upstream tells of it. */
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import {
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "#pkg/apimachinery/validation/field-error.ts";
import { isKnownFormat, saysType } from "./keywords.ts";
import type { Finding } from "./schema-check.ts";
import type { Structural } from "./structural.ts";

type Json = Record<string, unknown>;

export interface Validated {
  readonly value: unknown;
  readonly schema: Structural;
  readonly isDefault: boolean;
}

export function fieldErrors(findings: readonly Finding[], validated: Validated): FieldError[] {
  const seen = new Set<string>();
  return gather(findings, 0, validated).filter((error) => {
    const key = `${error.field}\0${error.detail}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** A place of the schema that puts schemas together, asked of one value. */
interface Composition {
  readonly keyword: string;
  /** Steps to it, itself included. */
  readonly steps: readonly string[];
  readonly instance: readonly string[];
  /** That the whole failed; of `allOf` nothing tells. */
  own: Finding | undefined;
  readonly branches: Map<string, Finding[]>;
}

/** `from`: how many steps were gone already. */
function gather(findings: readonly Finding[], from: number, validated: Validated): FieldError[] {
  const plain: Finding[] = [];
  const compositions = new Map<string, Composition>();
  for (const one of findings) {
    const at = compositionAt(one.steps, from);
    if (at === undefined) plain.push(one);
    else addTo(compositions, one, at);
  }
  const direct = firstOfTexts(plain).map((of): Told => ({ of, errors: [fieldErrorOf(of, validated.value)] }));
  for (const one of compositions.values()) {
    const at = direct.findIndex(({ of }) => of && comesAfter(of, one));
    direct.splice(at < 0 ? direct.length : at, 0, { errors: composed(one, validated) });
  }
  return direct.flatMap(({ errors }) => errors);
}

interface Told {
  /** Undefined: these are of a composition. */
  readonly of?: Finding;
  readonly errors: readonly FieldError[];
}

/** A value's type is told first, then what schemas put together say of it, then everything else. */
function comesAfter({ keyword, instance: path }: Finding, { instance }: Composition): boolean {
  if (keyword === "valueType" && path.length === instance.length) return false;
  return instance.every((segment, at) => path[at] === segment);
}

const composing = new Set(["anyOf", "oneOf", "allOf", "not"]);
/** Steps after which a name follows that is the user's. */
const naming = new Set(["properties", "patternProperties"]);

function compositionAt(steps: readonly string[], from: number): number | undefined {
  for (let at = from; at < steps.length; at++) {
    if (naming.has(steps[at] as string)) at++;
    else if (composing.has(steps[at] as string)) return at;
  }
  return undefined;
}

/** How deep in the value the steps lead. */
function depthOf(steps: readonly string[]): number {
  let depth = 0;
  for (let at = 0; at < steps.length; at++) {
    const step = steps[at] as string;
    if (naming.has(step)) at++;
    if (naming.has(step) || step === "items" || step === "additionalProperties") depth++;
  }
  return depth;
}

function addTo(compositions: Map<string, Composition>, one: Finding, at: number): void {
  const steps = one.steps.slice(0, at + 1);
  const instance = one.instance.slice(0, depthOf(steps));
  const key = JSON.stringify([steps, instance]);
  let composition = compositions.get(key);
  if (!composition) {
    composition = { keyword: steps.at(-1) as string, steps, instance, own: undefined, branches: new Map() };
    compositions.set(key, composition);
  }
  if (at === one.steps.length - 1) composition.own = one;
  else {
    const branch = one.steps[at + 1] as string;
    const known = composition.branches.get(branch);
    if (known) known.push(one);
    else composition.branches.set(branch, [one]);
  }
}

function composed(composition: Composition, validated: Validated): FieldError[] {
  const { keyword, steps, instance, own, branches } = composition;
  const path = JSON.stringify(pathOf(instance, validated.value));
  const whole = (text: string): FieldError => invalid("<nil>", "", `${path} must ${text}`);
  const inside = (branch: readonly Finding[] | undefined): FieldError[] =>
    branch ? gather(branch, steps.length + 1, validated) : [];
  switch (keyword) {
    case "allOf": {
      const all = schemaAt(validated.schema, steps) as readonly unknown[];
      const none = branches.size === all.length ? ". None validated" : "";
      return [...[...branches.values()].flatMap(inside), whole(`validate all the schemas (allOf)${none}`)];
    }
    case "not":
      return [whole("not validate the schema (not)")];
    case "anyOf":
      return [whole("validate at least one schema (anyOf)"), ...inside(closest(composition, validated))];
    default: {
      const count = Number(own?.params["valid"] ?? 0);
      const found = count === 0 ? "Found none valid" : `Found ${count} valid alternatives`;
      const told = count === 0 ? inside(closest(composition, validated)) : [];
      return [whole(`validate one and only one schema (oneOf). ${found}`), ...told];
    }
  }
}

/** The alternative of which the most held. */
function closest({ steps, branches }: Composition, validated: Validated): readonly Finding[] | undefined {
  const all = schemaAt(validated.schema, steps) as readonly Structural[];
  let best: { readonly held: number; readonly errors: readonly Finding[] } | undefined;
  for (const [branch, errors] of branches) {
    const held = keywordsIn(all[Number(branch)] ?? {}, validated) - errors.length;
    if (!best || held > best.held) best = { held, errors };
  }
  return best?.errors;
}

/** Keywords that say nothing of values, and those of which others are told together. */
const uncounted = new Set(
  "type nullable format exclusiveMinimum exclusiveMaximum default example description title externalDocs id $schema $ref".split(
    " ",
  ),
);

/** How many things a schema asks of a value. */
function keywordsIn(schema: Structural, { isDefault }: Validated): number {
  const names = Object.keys(schema).filter((name) => !name.startsWith("x-kubernetes-") && !uncounted.has(name));
  const emptyEnum = schema.enum?.length === 0 ? 1 : 0;
  const format = isKnownFormat(schema.format) ? 1 : 0;
  return names.length - emptyEnum + format + (saysType(schema, { isDefault }) ? 1 : 0);
}

const schemaAt = (schema: object, steps: readonly string[]): unknown =>
  steps.reduce<unknown>((at, step) => (at as Json | undefined)?.[step], schema);

/** `["spec", "list", "0", "x"]` → `spec.list[0].x`. A segment of an array is an index. */
function pathOf(segments: readonly string[], root: unknown): string {
  let path = "";
  let value: unknown = root;
  for (const segment of segments) {
    path += Array.isArray(value) ? `[${segment}]` : `${path === "" ? "" : "."}${segment}`;
    value = (value as Json | undefined)?.[segment];
  }
  return path;
}

/** Of a text only the first that is wrong is told. */
const textKeywords = ["maxLength", "minLength", "pattern"];

function firstOfTexts(findings: readonly Finding[]): Finding[] {
  const firsts = new Map<string, number>();
  const place = ({ instance }: Finding): string => JSON.stringify(instance);
  for (const one of findings) {
    const rank = textKeywords.indexOf(one.keyword);
    if (rank >= 0) firsts.set(place(one), Math.min(rank, firsts.get(place(one)) ?? rank));
  }
  return findings.filter((one) => {
    const rank = textKeywords.indexOf(one.keyword);
    return rank < 0 || rank === firsts.get(place(one));
  });
}

/** A value that an enumeration allows: texts as they are, others as JSON. */
const listed = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function fieldErrorOf({ keyword, params, value, instance, steps }: Finding, root: unknown): FieldError {
  const path = pathOf(instance, root);
  // Members that the schema of the whole value has no names for are told with the dot that would part them from it.
  const isUnnamed = steps[0] === "additionalProperties" && steps.length > 1;
  const name = path === "" ? "" : `${isUnnamed ? "." : ""}${path} `;
  const inBody = (text: string): FieldError => invalid(path || "<nil>", value, `${name}in body ${text}`);
  const counted = (count: number, text: string): FieldError =>
    invalid(path || "<nil>", count, `${name}in body ${text}`);
  const limit = params["limit"] as number;
  switch (keyword) {
    case "valueType": {
      const { wanted, found } = params;
      return typeInvalid(path || "<nil>", found, `${name}in body must be of type ${wanted}: ${JSON.stringify(found)}`);
    }
    case "required": {
      const missing = String(params["missingProperty"]);
      return required(path === "" ? missing : `${path}.${missing}`);
    }
    case "enum":
      return notSupported(path, value, (params["allowedValues"] as unknown[]).map(listed));
    case "maxLength":
      return tooLong(path, limit);
    case "maxItems":
      return tooMany(path, (value as unknown[]).length, limit);
    case "maxProperties":
      return tooMany(path, Object.keys(value as object).length, limit);
    case "minLength":
      return inBody(`should be at least ${limit} chars long`);
    case "minItems":
      return counted((value as unknown[]).length, `should have at least ${limit} items`);
    case "minProperties":
      return counted(Object.keys(value as object).length, `should have at least ${limit} properties`);
    case "uniqueItems":
      return inBody("shouldn't contain duplicates");
    case "pattern":
      return inBody(`should match '${params["pattern"]}'`);
    case "format":
      return typeInvalid(
        path || "<nil>",
        value,
        `${name}in body must be of type ${params["format"]}: ${JSON.stringify(value)}`,
      );
    case "multipleOf":
      if (limit > 0) return inBody(`should be a multiple of ${limit}`);
      return invalid(path || "<nil>", limit, `factor MultipleOf declared for ${path} must be positive: ${limit}`);
    case "minimum":
      return inBody(`should be greater than or equal to ${limit}`);
    case "maximum":
      return inBody(`should be less than or equal to ${limit}`);
    case "exclusiveMinimum":
      return inBody(`should be greater than ${limit}`);
    case "exclusiveMaximum":
      return inBody(`should be less than ${limit}`);
    default:
      return inBody("must NOT have additional properties");
  }
}
