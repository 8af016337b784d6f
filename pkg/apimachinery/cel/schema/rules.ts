/** The rules of one place of a schema (`x-kubernetes-validations`), compiled. */
import type { JSONSchemaProps, ValidationRule } from "#api/types/apiextensions.k8s.io/v1";
import { estimateCost } from "../cost-estimate.ts";
import { Environment, type Program } from "../environment.ts";
import { CompileError } from "../source.ts";
import { optionalOf } from "../types.ts";
import { type Declared, requestBytesMax, sizeAt } from "./declared.ts";

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined: it could not be compiled, or there is nothing in it. */
  readonly program: Program | undefined;
  /** Why it could not be compiled. */
  readonly error: string | undefined;
  readonly usesOldSelf: boolean;
  readonly message: Program | undefined;
  readonly messageError: string | undefined;
}

/** Every use of a rule's `oldSelf` is optional where the rule says so. */
export function compileRules(schema: JSONSchemaProps, declared: Declared): CompiledRule[] {
  const environments = new Map<boolean, Environment>();
  const environmentFor = (optional: boolean): Environment => {
    let made = environments.get(optional);
    if (!made) {
      const oldSelf = optional ? optionalOf(declared.type) : declared.type;
      made = new Environment({ variables: { self: declared.type, oldSelf } });
      environments.set(optional, made);
    }
    return made;
  };
  return (schema["x-kubernetes-validations"] ?? []).map((rule) =>
    compileRule(rule, environmentFor(rule.optionalOldSelf === true)),
  );
}

function compileRule(rule: ValidationRule, environment: Environment): CompiledRule {
  const empty = {
    rule,
    program: undefined,
    error: undefined,
    usesOldSelf: false,
    message: undefined,
    messageError: undefined,
  };
  if (rule.rule.trim() === "") return empty;
  const compiled = attempt(environment, rule.rule, "compilation failed: ");
  if (typeof compiled === "string") return { ...empty, error: compiled };
  if (compiled.type.kind !== "bool") return { ...empty, error: "cel expression must evaluate to a bool" };
  const message = rule.messageExpression
    ? attempt(environment, rule.messageExpression, "messageExpression compilation failed: ")
    : undefined;
  const wrong = typeof message === "string" ? message : undefined;
  const notText = typeof message === "object" && message.type.kind !== "string";
  return {
    rule,
    program: compiled,
    error: undefined,
    usesOldSelf: compiled.reads("oldSelf"),
    message: typeof message === "object" && !notText ? message : undefined,
    messageError: notText ? "messageExpression must evaluate to a string" : wrong,
  };
}

function attempt(environment: Environment, text: string, prefix: string): Program | string {
  try {
    return environment.compile(text);
  } catch (error) {
    if (error instanceof CompileError) return prefix + error.message;
    throw error;
  }
}

/** The most that one evaluation can cost. */
export const costOf = (program: Program, declared: Declared): number =>
  estimateCost(program.checked, (path) => sizeAt(declared, path)).max;

/** How often values of this schema fit into one request at most. */
export const cardinalityOf = ({ minBytes }: Declared): number => Math.floor(requestBytesMax / (minBytes + 1));
