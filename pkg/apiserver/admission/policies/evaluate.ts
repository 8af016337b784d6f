/** What a policy comes to for one request and one parameter. */
import {
  type AdmissionExpression,
  Budget,
  type ExpressionContext,
  ExpressionError,
  type Values,
} from "../expressions/expression.ts";
import { ComposedValues } from "../expressions/variables.ts";
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

/** What all expressions of a policy may spend on one request, in upstream's units. */
const budgetUnits = 10_000_000;

/** Empty: allowed, or not concerned. `values`: of the request, with `params` where the policy has any. */
export function evaluatePolicy(policy: Policy, values: Values): Violation[] {
  const budget = new Budget(budgetUnits);
  const variables = new ComposedValues(policy.variables, { values, budget });
  const context = { values: { ...values, variables }, budget };
  const failed = (error: unknown, always = false): Violation[] => {
    if (!(error instanceof ExpressionError)) throw error;
    return policy.failsOpen ? [] : [{ message: error.message, reason: undefined, always }];
  };
  try {
    if (!policy.conditions.hold(context.values)) return [];
  } catch (error) {
    return failed(error);
  }
  const violations = policy.validations.flatMap((validation) => {
    try {
      return validation.holds.evaluate(context) === true ? [] : [violationOf(validation, context)];
    } catch (error) {
      return failed(error);
    }
  });
  for (const annotation of policy.annotations) {
    try {
      annotation.evaluate(context);
    } catch (error) {
      violations.push(...failed(error, true));
    }
  }
  return violations;
}

function violationOf({ spec, message }: CompiledValidation, context: ExpressionContext): Violation {
  const text = message ? madeMessage(message, context) : "";
  const shown = text || spec.message?.trim() || `failed expression: ${spec.expression.trim()}`;
  return { message: shown, reason: spec.reason, always: false };
}

/** Empty where the expression fails or makes no short line of text: then the fixed message stands. */
function madeMessage(expression: AdmissionExpression, context: ExpressionContext): string {
  try {
    const made = expression.evaluate(context);
    const text = typeof made === "string" ? made.trim() : "";
    return text.length > messageMax || text.includes("\n") ? "" : text;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return "";
  }
}
