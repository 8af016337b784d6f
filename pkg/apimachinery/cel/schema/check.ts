/** Whether the rules of a schema may be stored: they compile, and cannot cost more than a write may. */
import type { JSONSchemaProps } from "#api/types/apiextensions.k8s.io/v1";
import { type FieldError, forbidden, internal, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type Declared, declare } from "./declared.ts";
import { escapeName } from "./names.ts";
import { type CompiledRule, cardinalityOf, compileRules, costOf } from "./rules.ts";

const perRuleMax = 10_000_000;
const perSchemaMax = 100_000_000;
/** How many of the most expensive rules are told, and from which part of the limit on. */
const toldMax = 4;
const toldMin = perSchemaMax / 100;

interface Place {
  readonly path: string;
  readonly isRoot: boolean;
  /** How often a value stands here at most; undefined: nothing bounds it. */
  readonly cardinality: number | undefined;
  /**
   * What rules here or further up are about. "unknown": a schema of theirs says nothing that rules can be about.
   * "partless": the value around is of a type that has no such part.
   */
  readonly declared: Declared | "unknown" | "partless" | undefined;
  /** There are rules further up. */
  readonly inScope: boolean;
  /** The list or map above in which values have no old values; undefined: they have. */
  readonly uncorrelatable: string | undefined;
}

interface Totals {
  total: number;
  readonly rules: { readonly path: string; readonly cost: number }[];
}

/** `schema` is structural and without faults; `path` is where it stands: `spec.versions[0].schema.openAPIV3Schema`. */
export function validateSchemaRules(schema: JSONSchemaProps, path: string): FieldError[] {
  const totals: Totals = { total: 0, rules: [] };
  const root: Place = {
    path,
    isRoot: true,
    cardinality: 1,
    declared: undefined,
    inScope: false,
    uncorrelatable: undefined,
  };
  const errors = walk(schema, root, totals);
  if (totals.total <= perSchemaMax) return errors;
  const told = totals.rules.toSorted((a, b) => b.cost - a.cost).slice(0, toldMax);
  const contributed = told.map((rule) =>
    forbidden(rule.path, `contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema`),
  );
  const what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
  return [...errors, ...contributed, forbidden(path, costMessage(what, totals.total, perSchemaMax))];
}

function walk(schema: JSONSchemaProps, place: Place, totals: Totals): FieldError[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const inScope = place.inScope || rules.length > 0;
  const declared = place.declared ?? (inScope ? (declare(schema, place.isRoot) ?? "unknown") : undefined);
  const here = { ...place, declared, inScope };
  const below = childrenOf(schema, here).flatMap(([child, at]) => walk(child, at, totals));
  if (rules.length === 0) return below;
  const at = `${place.path}.x-kubernetes-validations`;
  if (declared === "partless") {
    return [...below, internal(at, "failed to convert to declType for CEL validation rules")];
  }
  if (declared === undefined || declared === "unknown") {
    const why =
      "internal error: failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations";
    return [...below, internal(at, why)];
  }
  const own = compileRules(schema, declared).flatMap((rule, index) =>
    ruleErrors(rule, declared, { ...here, path: `${at}[${index}]` }, totals),
  );
  return [...below, ...own];
}

type Children = [JSONSchemaProps, Place][];

function childrenOf(schema: JSONSchemaProps, place: Place): Children {
  const { path } = place;
  const declared = typeof place.declared === "string" ? undefined : place.declared;
  const element = declared && !declared.element ? "partless" : declared?.element;
  const isSchema = (value: unknown): value is JSONSchemaProps => typeof value === "object" && value !== null;
  const times = maxElements(schema);
  const cardinality = place.cardinality === undefined || times === undefined ? undefined : place.cardinality * times;
  const child = (
    of: JSONSchemaProps,
    step: string,
    known: Place["declared"],
    uncorrelatable?: string,
  ): Children[number] => [
    of,
    {
      path: `${path}.${step}`,
      isRoot: of["x-kubernetes-embedded-resource"] === true,
      cardinality,
      declared: typeof place.declared === "string" ? place.declared : known,
      inScope: place.inScope,
      uncorrelatable: place.uncorrelatable ?? uncorrelatable,
    },
  ];
  const children: Children = [];
  const mapType = schema["x-kubernetes-map-type"];
  const unknownMap = mapType === undefined || mapType === "granular" || mapType === "atomic" ? undefined : path;
  if (isSchema(schema.additionalProperties)) {
    children.push(child(schema.additionalProperties, "additionalProperties", element, unknownMap));
  }
  for (const [name, member] of Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const known = declared?.fields?.get(escapeName(name) ?? "");
    children.push(child(member as JSONSchemaProps, `properties[${name}]`, known, unknownMap));
  }
  if (isSchema(schema.items)) {
    const told = schema["x-kubernetes-list-type"] === "map" ? undefined : path;
    children.push(child(schema.items, "items", element, told));
  }
  return children;
}

/** How many of its children a value holds at most; undefined: no bound. */
function maxElements(schema: JSONSchemaProps): number | undefined {
  const bound = (value: unknown): number | undefined => (value === undefined ? undefined : Math.max(0, Number(value)));
  if (schema.type === "array") return bound(schema.maxItems);
  if (schema.type === "object" && schema.additionalProperties) return bound(schema.maxProperties);
  return 1;
}

function ruleErrors(compiled: CompiledRule, declared: Declared, place: Place, totals: Totals): FieldError[] {
  const { rule, program, error, message, messageError, usesOldSelf } = compiled;
  const errors: FieldError[] = [];
  const observe = (member: string, what: string, cost: number): void => {
    if (cost > perRuleMax) errors.push(forbidden(`${place.path}.${member}`, costMessage(what, cost, perRuleMax)));
    totals.total += cost;
    if (cost >= toldMin) totals.rules.push({ path: `${place.path}.${member}`, cost });
  };
  const cardinality = place.cardinality ?? cardinalityOf(declared);
  if (program) observe("rule", "estimated rule cost", costOf(program, declared) * cardinality);
  if (error !== undefined) errors.push(invalidRule(`${place.path}.rule`, rule, error));
  if (messageError !== undefined) errors.push(invalidRule(`${place.path}.messageExpression`, rule, messageError));
  if (message) observe("messageExpression", "estimated messageExpression cost", costOf(message, declared));
  if (usesOldSelf && place.uncorrelatable !== undefined) {
    const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
    errors.push(invalid(`${place.path}.rule`, rule.rule, why));
  } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
    const why = "may not be set if oldSelf is not used in rule";
    errors.push(invalid(`${place.path}.optionalOldSelf`, rule.optionalOldSelf, why));
  }
  return errors;
}

/** The whole rule is shown, in the form that upstream's own type has in JSON. */
function invalidRule(field: string, { rule, ...more }: CompiledRule["rule"], detail: string): FieldError {
  const { message = "", messageExpression = "", reason = null, fieldPath = "", optionalOldSelf = null } = more;
  const value = {
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf,
  };
  const text = JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { reason: "FieldValueInvalid", field, detail: `Invalid value: ${text}: ${detail}` };
}

function costMessage(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? "more than 100x" : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  return `${what} exceeds budget by factor of ${text} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}
