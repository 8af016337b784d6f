/** An expression of a configuration: compiled when first needed, and named in what is told of its failure. */

import { type AdmissionVariables, compileAdmission } from "#pkg/apimachinery/cel/admission/index.ts";
import { CelError, CostLimitError, CostMeter, type Program, type Value } from "#pkg/apimachinery/cel/index.ts";
import type { Type } from "./types.ts";

/** An expression could not be compiled, or failed on this request. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
}

/** The most that one expression may spend. */
const perExpressionMax = 1_000_000;

/** What the expressions of one configuration may spend on one request, together. Units as upstream's. */
export class Budget {
  #left: number;

  constructor(units: number) {
    this.#left = units;
  }

  /** Throws ExpressionError when nothing is left, and what the program throws. */
  evaluate(program: Program, variables: Values): Value {
    const meter = new CostMeter(Math.min(this.#left, perExpressionMax));
    try {
      return program.evaluate(variables, meter);
    } catch (error) {
      if (error instanceof CostLimitError && this.#left <= perExpressionMax) throw outOfBudget();
      throw error;
    } finally {
      this.#left -= meter.spent;
    }
  }
}

const outOfBudget = (): ExpressionError =>
  new ExpressionError("validation failed due to running out of cost budget, no further validation rules will be run");

/** By name: what an expression sees. */
export type Values = Readonly<Record<string, Value>>;

export interface ExpressionContext {
  readonly values: Values;
  readonly budget: Budget;
}

export interface ExpressionOptions {
  /** Asked for when the expression is compiled. */
  readonly variables: AdmissionVariables | (() => AdmissionVariables);
  /** The types that it may have; empty: any. */
  readonly returns: readonly Type[];
}

export class AdmissionExpression {
  readonly text: string;
  readonly #options: ExpressionOptions;
  #compiled: Program | ExpressionError | undefined;

  constructor(text: string, options: ExpressionOptions) {
    this.text = text;
    this.#options = options;
  }

  /** Throws ExpressionError in upstream's words. */
  evaluate({ values, budget }: ExpressionContext): Value {
    const program = this.#ensureCompiled();
    try {
      return budget.evaluate(program, values);
    } catch (cause) {
      if (!(cause instanceof CelError || cause instanceof CostLimitError)) throw cause;
      throw new ExpressionError(`expression '${this.text}' resulted in error: ${cause.message}`, { cause });
    }
  }

  /** For a part of another expression, which tells what fails. Throws what the engine throws. */
  evaluateInner({ values, budget }: ExpressionContext): Value {
    return budget.evaluate(this.#ensureCompiled(), values);
  }

  /** Undefined: it cannot be compiled. */
  get type(): Type | undefined {
    this.#compiled ??= this.#compile();
    return this.#compiled instanceof ExpressionError ? undefined : this.#compiled.type;
  }

  #ensureCompiled(): Program {
    this.#compiled ??= this.#compile();
    if (this.#compiled instanceof ExpressionError) throw this.#compiled;
    return this.#compiled;
  }

  #compile(): Program | ExpressionError {
    const { variables, returns } = this.#options;
    try {
      return compileAdmission(this.text, typeof variables === "function" ? variables() : variables, returns);
    } catch (cause) {
      return new ExpressionError(`compilation error: ${(cause as Error).message}`, { cause });
    }
  }
}
