/**
 * The rules in CEL that a schema has for its values (`x-kubernetes-validations`), asked of an object.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-rules
 */
import type { ValidationRule } from "#api/types/apiextensions.k8s.io/v1";
import {
  CelError,
  CostLimitError,
  CostMeter,
  fromJson,
  Optional,
  type Program,
  type Value,
} from "#pkg/apimachinery/cel/index.ts";
import {
  type CompiledRule,
  compileRules,
  type Declared,
  declare,
  escapeName,
} from "#pkg/apimachinery/cel/schema/index.ts";
import {
  duplicate,
  type FieldError,
  type FieldErrorReason,
  forbidden,
  invalid,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import type { Correlation } from "./correlation.ts";
import { asSchema, isObject, type Structural } from "./structural.ts";

/** What all rules together may spend on one object, and one of them at a time. */
const budgetMax = 10_000_000;
const perCallMax = 1_000_000;
/** Bytes of a message that an expression makes. */
const messageBytesMax = 5 * 1024;

/** A place of the schema with the rules that stand there or below. */
interface Node {
  readonly schema: Structural;
  readonly declared: Declared | undefined;
  readonly rules: readonly CompiledRule[];
  readonly properties: ReadonlyMap<string, Node>;
  readonly values: Node | undefined;
  readonly items: Node | undefined;
  /** Further rules for the same value. */
  readonly allOf: readonly Node[];
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

/** Compiled when the first object comes. */
export class SchemaRules {
  readonly #schema: Structural;
  readonly #isWhole: boolean;
  #root: Node | undefined | null = null;

  /** `isWhole`: values are whole objects, with type and metadata. */
  constructor(schema: Structural, isWhole = true) {
    this.#schema = schema;
    this.#isWhole = isWhole;
  }

  get none(): boolean {
    return this.#compiled() === undefined;
  }

  /** `before`: undefined for a new object. `warn` is told what is wrong with what did not change. */
  validate(value: unknown, before: Correlation | undefined, warn: (text: string) => void): FieldError[] {
    const root = this.#compiled();
    if (!root) return [];
    const run = new Run(warn);
    run.check(root, { value, old: before?.old, path: "", before, parent: undefined });
    return run.errors;
  }

  #compiled(): Node | undefined {
    if (this.#root === null) this.#root = compileNode(this.#schema, this.#schema, declare(this.#schema, this.#isWhole));
    return this.#root;
  }
}

/** There or below: what has none is not even declared. */
function hasRules(schema: Structural): boolean {
  if ((schema["x-kubernetes-validations"] ?? []).length > 0) return true;
  const inside = [schema.items, schema.additionalProperties, ...Object.values(schema.properties ?? {})];
  return [...inside, ...(schema.allOf ?? [])].some((one) => {
    const below = asSchema(one);
    return below !== undefined && hasRules(below);
  });
}

/** `rules` may be a part of `schema` that adds rules to the same values (`allOf`). */
function compileNode(schema: Structural, rules: Structural, declared: Declared | undefined): Node | undefined {
  const inside = (member: unknown, rulesOf: unknown, known: Declared | undefined): Node | undefined => {
    const [structure, more] = [asSchema(member), asSchema(rulesOf)];
    if (!structure || !more) return undefined;
    return compileNode(
      structure,
      more,
      known ?? declare(structure, structure["x-kubernetes-embedded-resource"] === true),
    );
  };
  const properties = new Map(
    Object.entries(rules.properties ?? {}).flatMap(([name, member]) => {
      const structure = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties?.[name] : undefined;
      const below = asSchema(member);
      if (!below || !hasRules(below)) return [];
      const node = inside(structure, member, declared?.fields?.get(escapeName(name) ?? ""));
      return node ? [[name, node] as const] : [];
    }),
  );
  const values = inside(schema.additionalProperties, rules.additionalProperties, declared?.element);
  const items = inside(schema.items, rules.items, declared?.element);
  const allOf = (rules.allOf ?? []).flatMap((part) => compileNode(schema, part as Structural, declared) ?? []);
  const own = declared ? compileRules(rules, declared) : [];
  if (own.length + properties.size + allOf.length === 0 && !values && !items) return undefined;
  return { schema, declared, rules: own, properties, values, items, allOf };
}

interface Subject {
  readonly value: unknown;
  readonly old: unknown;
  readonly path: string;
  /** Of the value itself. */
  readonly before: Correlation | undefined;
  /** Of the nearest value around it that has one. */
  readonly parent: Correlation | undefined;
}

/** No more rules are asked. */
class OutOfBudget extends Error {}

class Run {
  readonly errors: FieldError[] = [];
  readonly #warn: (text: string) => void;
  #budget = budgetMax;

  constructor(warn: (text: string) => void) {
    this.#warn = warn;
  }

  check(root: Node, subject: Subject): void {
    try {
      this.#node(root, subject);
    } catch (error) {
      if (!(error instanceof OutOfBudget)) throw error;
    }
  }

  #node(node: Node, subject: Subject): void {
    const { value, parent } = subject;
    if (value === undefined || value === null) return;
    if (node.declared) this.#rules(node, node.declared, subject);
    for (const part of node.allOf) this.#node(part, { ...subject, before: undefined, parent });
    if (Array.isArray(value)) this.#items(node, value, subject);
    else if (isObject(value)) this.#members(node, value, subject);
  }

  #items({ items }: Node, list: readonly unknown[], subject: Subject): void {
    if (!items) return;
    for (const [at, item] of list.entries()) this.#node(items, below(subject, String(at), item, `[${at}]`));
  }

  #members(node: Node, members: Readonly<Record<string, unknown>>, subject: Subject): void {
    const { schema, properties, values } = node;
    for (const [name, member] of Object.entries(members)) {
      const isNamed = Object.hasOwn(schema.properties ?? {}, name);
      const inside = isNamed ? properties.get(name) : values;
      if (!inside) continue;
      this.#node(inside, below(subject, name, member, isNamed ? `.${name}` : `[${name}]`));
    }
  }

  #rules(node: Node, declared: Declared, subject: Subject): void {
    if (node.rules.length === 0) return;
    const at = subject.path || "<nil>";
    if (this.#budget <= 0) this.#exhausted(at, node);
    const self = fromJson(subject.value, declared.shape);
    const oldSelf =
      subject.old === undefined || subject.old === null ? undefined : fromJson(subject.old, declared.shape);
    for (const compiled of node.rules) {
      if (compiled.error !== undefined) this.#wrong(at, node, `rule compile error: ${compiled.error}`);
      if (!compiled.program) continue;
      const optional = compiled.rule.optionalOldSelf === true;
      // There is nothing to compare a new value with.
      if (compiled.usesOldSelf && oldSelf === undefined && !optional) continue;
      const old = optional ? new Optional(oldSelf) : oldSelf;
      this.#rule(compiled, node, subject, old === undefined ? { self } : { self, oldSelf: old });
    }
  }

  #rule(compiled: CompiledRule, node: Node, subject: Subject, variables: Readonly<Record<string, Value>>): void {
    const { rule, program } = compiled;
    const at = subject.path || "<nil>";
    const told = shortOf(rule);
    try {
      if (this.#evaluate(program as Program, variables) === true) return;
    } catch (error) {
      if (error instanceof CostLimitError) {
        this.#wrong(
          at,
          node,
          `'${error.message}': no further validation rules will be run due to call cost exceeds limit for rule: ${told}`,
        );
        throw new OutOfBudget();
      }
      if (!(error instanceof CelError)) throw error;
      if (this.#budget < 0) this.#exhausted(at, node);
      const isOverload = error.message.startsWith("no such overload");
      const why = `'${error.message}': call arguments did not match a supported operator, function or macro signature for rule: ${told}`;
      this.#wrong(at, node, isOverload ? why : `${error.message} evaluating rule: ${told}`);
      return;
    }
    if (this.#budget < 0) this.#exhausted(at, node);
    const field = `${subject.path}${normalPath(rule.fieldPath)}`.replace(/^\./, "") || "<nil>";
    const add = (error: FieldError): void => this.#add(compiled, subject, error);
    const message = this.#message(compiled, variables, (why) => add(wrongAt(field, node, why)));
    add(failureOf(rule, { field, value: subject.value, node, message }));
  }

  /** Counts what is spent, also when it throws. */
  #evaluate(program: Program, variables: Readonly<Record<string, Value>>): Value {
    const meter = new CostMeter(perCallMax);
    try {
      return program.evaluate(variables, meter);
    } finally {
      this.#budget -= meter.spent;
    }
  }

  #message(
    { rule, message }: CompiledRule,
    variables: Readonly<Record<string, Value>>,
    refuse: (why: string) => void,
  ): string {
    const otherwise = rule.message ? rule.message.trim() : `failed rule: ${shortOf(rule)}`;
    if (!message) return otherwise;
    try {
      const made = this.#evaluate(message, variables);
      if (this.#budget < 0) {
        refuse(
          "messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run",
        );
        throw new OutOfBudget();
      }
      const text = typeof made === "string" ? made.trim() : "";
      const isUsable = text !== "" && !text.includes("\n") && Buffer.byteLength(text) <= messageBytesMax;
      return isUsable ? text : otherwise;
    } catch (error) {
      if (error instanceof CelError) return otherwise;
      if (error instanceof CostLimitError) {
        refuse(
          `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${JSON.stringify(rule.messageExpression)}`,
        );
        throw new OutOfBudget();
      }
      throw error;
    }
  }

  /** What did not change may break rules that came later; what compares with the old value has looked at it already. */
  #add({ usesOldSelf }: CompiledRule, { before, parent }: Subject, error: FieldError): void {
    const isOld = !usesOldSelf && (before ?? parent)?.isUnchanged === true;
    if (isOld) this.#warn(`${error.field}: ${error.detail}`);
    else this.errors.push(error);
  }

  #wrong(at: string, node: Node, why: string): void {
    this.errors.push(wrongAt(at, node, why));
  }

  #exhausted(at: string, node: Node): never {
    this.#wrong(
      at,
      node,
      "validation failed due to running out of cost budget, no further validation rules will be run",
    );
    throw new OutOfBudget();
  }
}

function below(subject: Subject, segment: string, value: unknown, step: string): Subject {
  const { before, parent, path } = subject;
  // Type and version of the whole object are the same on both sides, whatever the client wrote.
  const isIdentity = !parent && (segment === "apiVersion" || segment === "kind");
  const child = before && !isIdentity ? before.child(segment) : undefined;
  const nearest = isIdentity ? undefined : (before ?? parent);
  return { value, old: child?.old, path: `${path}${step}`.replace(/^\./, ""), before: child, parent: nearest };
}

const shortOf = ({ rule, message }: ValidationRule): string => (message || rule).trim();

/** `.a['b c']` → `.a.b c`: as paths of errors are written. */
function normalPath(path: string | undefined): string {
  if (!path) return "";
  return path.replace(/\['((?:\\.|[^'\\])*)'\]/g, (_, name: string) => `.${name.replace(/\\(.)/g, "$1")}`);
}

/** Of such errors the type stands for the value. */
const wrongAt = (field: string, { schema }: Node, why: string): FieldError => invalid(field, schema.type ?? "", why);

interface Failure {
  readonly field: string;
  readonly value: unknown;
  readonly node: Node;
  readonly message: string;
}

/** Whole objects and lists are not printed. */
function failureOf({ reason }: ValidationRule, { field, value, node, message }: Failure): FieldError {
  const isWhole = node.schema.type === "object" || node.schema.type === "array";
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(field, message);
    case "FieldValueRequired":
      return required(field, message);
    case "FieldValueDuplicate":
      return isWhole ? { reason, field, detail: "Duplicate value" } : duplicate(field, value);
    default:
      if (!isWhole) return invalid(field, value, message);
      return { reason: "FieldValueInvalid", field, detail: `Invalid value: ${message}` };
  }
}
