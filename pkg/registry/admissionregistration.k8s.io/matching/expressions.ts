/** Expressions of webhooks and policies: whether they compile, and what they evaluate to. */
import { type AdmissionVariables, compileAdmission } from "#pkg/apimachinery/cel/admission/index.ts";
import { celTypes } from "#pkg/apimachinery/cel/index.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";

export type { AdmissionVariables } from "#pkg/apimachinery/cel/admission/index.ts";

type Type = celTypes.Type;

export interface ExpressionRules {
  readonly variables: AdmissionVariables;
  /** None: any type will do. */
  readonly returns?: readonly celTypes.ScalarKind[];
  /** The value that is told to be wrong, where it is not the expression itself. */
  readonly shown?: string;
}

export function* admissionExpression(path: string, text: string, rules: ExpressionRules): Findings {
  const { variables, returns = [], shown = text } = rules;
  const compiled = tryCompile(text, variables, returns);
  if (typeof compiled === "string") yield invalid(path, shown, compiled);
}

/** What other expressions see of a variable: types of libraries are anything to them. */
export function typeOfVariable(text: string, variables: AdmissionVariables): Type {
  const compiled = tryCompile(text, variables, []);
  return typeof compiled === "string" ? celTypes.dyn : plainType(compiled.type);
}

function plainType(type: Type): Type {
  if (type.kind === "list") return celTypes.listOf(plainType(type.of));
  if (type.kind === "map") return celTypes.mapOf(plainType(type.key), plainType(type.of));
  return ["object", "opaque", "type", "param", "error"].includes(type.kind) ? celTypes.dyn : type;
}

function tryCompile(text: string, variables: AdmissionVariables, returns: readonly celTypes.ScalarKind[]) {
  try {
    return compileAdmission(text, variables, returns.map(celTypes.scalar));
  } catch (error) {
    return (error as Error).message;
  }
}

const reservedWords = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

export const isCelIdentifier = (name: string): boolean =>
  /^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) && !reservedWords.has(name);
