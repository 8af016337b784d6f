/**
 * The rules in CEL that a schema has for its values (`x-kubernetes-validations`).
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { ValidationRule } from "#api/types/apiextensions.k8s.io/v1";
import { compileExpression, type Expression } from "#pkg/apimachinery/cel/index.ts";
import {
  duplicate,
  type FieldError,
  type FieldErrorReason,
  forbidden,
  invalid,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import type { Structural } from "./structural.ts";

type Json = Record<string, unknown>;

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly holds: Expression | Error;
  readonly message: Expression | undefined;
  /** Compares with the old value: there is nothing to say of a new one. */
  readonly isTransition: boolean;
}

/** A place of the schema with the rules that stand there or below. */
interface Node {
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, Node>;
  readonly values: Node | undefined;
  readonly items: Node | undefined;
  readonly schema: Structural;
}

/** Errors after which a value is not what rules take it for. */
const blocking = new Set<FieldErrorReason>([
  "FieldValueRequired",
  "FieldValueNotSupported",
  "FieldValueTypeInvalid",
  "FieldValueTooLong",
  "FieldValueTooMany",
]);

export const blocksRules = ({ reason }: FieldError): boolean => blocking.has(reason);

/** What is told beside such errors. */
export const unchecked: FieldError = invalid(
  "<nil>",
  null,
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation",
);

export class SchemaRules {
  readonly #root: Node | undefined;

  constructor(schema: Structural) {
    this.#root = compileNode(schema);
  }

  get none(): boolean {
    return this.#root === undefined;
  }

  /** `old`: undefined for a new object. */
  validate(value: unknown, old: unknown): FieldError[] {
    return this.#root ? check(this.#root, value, old, "") : [];
  }
}

function compileNode(schema: Structural): Node | undefined {
  const inside = (member: unknown): Node | undefined =>
    typeof member === "object" && member !== null ? compileNode(member as Structural) : undefined;
  const rules = (schema["x-kubernetes-validations"] ?? []).map(compileRule);
  const properties = new Map(
    Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
      const node = inside(member);
      return node ? [[name, node] as const] : [];
    }),
  );
  const values = inside(schema.additionalProperties);
  const items = inside(schema.items);
  if (rules.length === 0 && properties.size === 0 && !values && !items) return undefined;
  return { rules, properties, values, items, schema };
}

function compileRule(rule: ValidationRule): CompiledRule {
  return {
    rule,
    holds: attempt(() => compileExpression(rule.rule)),
    message: rule.messageExpression
      ? usable(attempt(() => compileExpression(rule.messageExpression ?? "")))
      : undefined,
    isTransition: /\boldSelf\b/.test(rule.rule) && !rule.optionalOldSelf,
  };
}

const usable = (expression: Expression | Error): Expression | undefined =>
  expression instanceof Error ? undefined : expression;

function attempt(compile: () => Expression): Expression | Error {
  try {
    return compile();
  } catch (error) {
    return error as Error;
  }
}

function check(node: Node, value: unknown, old: unknown, path: string): FieldError[] {
  if (value === undefined || value === null) return [];
  const errors = node.rules.flatMap((rule) => checkRule(rule, node, { value, old, path }));
  if (Array.isArray(value)) {
    const { items } = node;
    // Items are told apart only where the schema says how: elsewhere there is no old item.
    if (items) errors.push(...value.flatMap((item, at) => check(items, item, undefined, `${path}[${at}]`)));
    return errors;
  }
  if (typeof value !== "object") return errors;
  for (const [name, member] of Object.entries(value)) {
    const inside =
      node.properties.get(name) ?? (Object.hasOwn(node.schema.properties ?? {}, name) ? undefined : node.values);
    const before = (old as Json | null | undefined)?.[name];
    if (inside) errors.push(...check(inside, member, before, path === "" ? name : `${path}.${name}`));
  }
  return errors;
}

interface Subject {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
}

function checkRule(
  { rule, holds, message, isTransition }: CompiledRule,
  node: Node,
  { value, old, path }: Subject,
): FieldError[] {
  if (isTransition && (old === undefined || old === null)) return [];
  const field = `${path}${rule.fieldPath ?? ""}`.replace(/^\./, "") || "<nil>";
  const failed = (detail: string): FieldError[] => [failureOf(rule, field, value, detail)];
  if (holds instanceof Error) return failed(`rule compile error: ${holds.message.split("\n", 1)[0]}`);
  const variables = { self: celOf(value, node.schema), oldSelf: old === undefined ? null : celOf(old, node.schema) };
  try {
    if (holds(variables) === true) return [];
  } catch (error) {
    return failed(`${(error as Error).message.split("\n", 1)[0]} evaluating rule: ${rule.message ?? rule.rule}`);
  }
  return failed(messageOf(rule, message, variables));
}

/** Whole objects and lists are not printed. */
function failureOf({ reason }: ValidationRule, field: string, value: unknown, detail: string): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(field, detail);
    case "FieldValueRequired":
      return required(field, detail);
    case "FieldValueDuplicate":
      return duplicate(field, value);
    default:
      if (typeof value !== "object" || value === null) return invalid(field, value, detail);
      return { reason: "FieldValueInvalid", field, detail: `Invalid value: ${detail}` };
  }
}

function messageOf({ rule, message }: ValidationRule, expression: Expression | undefined, variables: Json): string {
  try {
    const text = expression?.(variables);
    if (typeof text === "string" && text.trim() !== "") return text;
  } catch {
    // Falls back to the fixed text.
  }
  return message?.trim() || `failed rule: ${rule.trim()}`;
}

/** Numbers as their schema says: a CEL integer is no double. */
function celOf(value: unknown, schema: Structural | undefined): unknown {
  if (typeof value === "number") return schema?.type === "number" || !Number.isInteger(value) ? value : BigInt(value);
  if (Array.isArray(value)) return value.map((item) => celOf(item, schema?.items as Structural | undefined));
  if (typeof value !== "object" || value === null) return value;
  const properties = (schema?.properties ?? {}) as Record<string, Structural>;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const of = Object.hasOwn(properties, name) ? properties[name] : schema?.additionalProperties;
      return [name, celOf(member, typeof of === "object" ? (of as Structural) : undefined)];
    }),
  );
}
