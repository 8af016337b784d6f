/** Expressions over plain JSON, whose variables nobody declared. */
import { CostMeter } from "./cost.ts";
import { Environment, isTypeName, perCallLimit } from "./environment.ts";
import { fromJson, toJson } from "./json-values.ts";
import { walk } from "./literals.ts";
import { parseExpression } from "./parser.ts";
import { dyn } from "./types.ts";

/** Evaluates with these variables. Throws where the expression fails on them. */
export type Expression = (variables: Readonly<Record<string, unknown>>) => unknown;

/** Throws CompileError. */
export function compileExpression(text: string): Expression {
  const names = new Set<string>();
  for (const expr of walk(parseExpression(text))) {
    if (expr.kind === "ident" && !isTypeName(expr.name)) names.add(expr.name);
  }
  const program = new Environment({ variables: Object.fromEntries([...names].map((name) => [name, dyn])) }).compile(
    text,
  );
  return (values) => {
    const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, fromJson(value)]));
    return toJson(program.evaluate(given, new CostMeter(perCallLimit)));
  };
}
