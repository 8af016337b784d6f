/** `matchConditions`: all must be true for a configuration to concern a request. */
import type { MatchCondition } from "#api/types/admissionregistration.k8s.io/v1";
import { AdmissionExpression, Budget, ExpressionError, type ExpressionOptions, type Values } from "./expression.ts";
import { truth } from "./types.ts";

/** A quarter of what policies may spend. */
const budgetUnits = 2_500_000;

export class MatchConditions {
  readonly #expressions: readonly AdmissionExpression[];

  constructor(conditions: readonly MatchCondition[] | undefined, variables: ExpressionOptions["variables"]) {
    this.#expressions = (conditions ?? []).map(
      ({ expression }) => new AdmissionExpression(expression, { variables, returns: truth }),
    );
  }

  get none(): boolean {
    return this.#expressions.length === 0;
  }

  /** One that is false decides, whatever others come to. Throws an Error when none is false but some fail. */
  hold(values: Values): boolean {
    const budget = new Budget(budgetUnits);
    const texts = new Set<string>();
    for (const expression of this.#expressions) {
      try {
        if (expression.evaluate({ values, budget }) === false) return false;
      } catch (error) {
        if (!(error instanceof ExpressionError)) throw error;
        texts.add(error.message);
      }
    }
    if (texts.size === 0) return true;
    throw new ExpressionError(texts.size === 1 ? [...texts].join() : `[${[...texts].join(", ")}]`);
  }
}
