/** Expressions in the Common Expression Language. https://kubernetes.io/docs/reference/using-api/cel/ */
import { Environment } from "@marcbachmann/cel-js";

/** Evaluates with these variables. Throws where the expression fails on them. */
export type Expression = (variables: Readonly<Record<string, unknown>>) => unknown;

const environment = new Environment({ unlistedVariablesAreDyn: true });

/** Throws an Error that says what the expression lacks. */
export function compileExpression(text: string): Expression {
  const parsed = environment.parse(text);
  return (variables) => parsed(variables as Record<string, unknown>);
}
