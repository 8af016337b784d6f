/** `matchConditions`: all must be true for a configuration to concern a request. */
import type { MatchCondition } from "#api/types/admissionregistration.k8s.io/v1";
import { LazyExpression, type Variables } from "./expression.ts";

export class MatchConditions {
  readonly #expressions: readonly LazyExpression[];

  constructor(conditions: readonly MatchCondition[] | undefined) {
    this.#expressions = (conditions ?? []).map(({ expression }) => new LazyExpression(expression));
  }

  get none(): boolean {
    return this.#expressions.length === 0;
  }

  /** One that is false decides, whatever others come to. Throws an Error when none is false but some fail. */
  hold(variables: Variables): boolean {
    const errors: Error[] = [];
    for (const expression of this.#expressions) {
      try {
        if (expression.evaluate(variables) === false) return false;
      } catch (error) {
        errors.push(error as Error);
      }
    }
    const texts = [...new Set(errors.map(({ message }) => message))];
    if (texts.length > 0) throw new Error(texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`);
    return true;
  }
}
