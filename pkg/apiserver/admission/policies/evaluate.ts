/** What a policy comes to for one request and one parameter. */
import type { ExpressionError, LazyExpression, Variables } from "../expressions/expression.ts";
import { lazyVariables } from "../expressions/variables.ts";
import type { CompiledValidation, Policy } from "./policy.ts";

/** Something that the policy does not allow. */
export interface Violation {
  readonly message: string;
  /** Undefined: Invalid. */
  readonly reason: string | undefined;
  /** The policy itself failed: that counts whatever the binding's actions are. */
  readonly always: boolean;
}

/** Upstream's bound on messages that expressions make, characters. */
const messageMax = 5 * 1024;

/** Empty: allowed, or not concerned. `variables`: of the request, with `params` where the policy has any. */
export function evaluatePolicy(policy: Policy, variables: Variables): Violation[] {
  const all = { ...variables, variables: lazyVariables(policy.variables, variables) };
  const failed = (error: unknown, always = false): Violation[] =>
    policy.failsOpen ? [] : [{ message: (error as ExpressionError).message, reason: undefined, always }];
  try {
    if (!policy.conditions.hold(all)) return [];
  } catch (error) {
    return failed(error);
  }
  const violations = policy.validations.flatMap((validation) => {
    try {
      return validation.holds.evaluate(all) === true ? [] : [violationOf(validation, all)];
    } catch (error) {
      return failed(error);
    }
  });
  for (const annotation of policy.annotations) {
    try {
      ensureAnnotation(annotation, all);
    } catch (error) {
      violations.push(...failed(error, true));
    }
  }
  return violations;
}

function violationOf({ spec, message }: CompiledValidation, variables: Variables): Violation {
  const text = message ? madeMessage(message, variables) : "";
  const shown = text || spec.message?.trim() || `failed expression: ${spec.expression.trim()}`;
  return { message: shown, reason: spec.reason, always: false };
}

/** Empty where the expression fails or makes no short line of text: then the fixed message stands. */
function madeMessage(expression: LazyExpression, variables: Variables): string {
  try {
    const made = expression.evaluate(variables);
    const text = typeof made === "string" ? made.trim() : "";
    return text.length > messageMax || text.includes("\n") ? "" : text;
  } catch {
    return "";
  }
}

/** Throws an Error for a value that cannot be one. */
function ensureAnnotation(expression: LazyExpression, variables: Variables): void {
  const value = expression.evaluate(variables);
  if (value === null || typeof value === "string") return;
  throw new Error(
    `valueExpression '${expression.text}' resulted in unsupported return type: ${typeof value}. Return type must be either string or null.`,
  );
}
