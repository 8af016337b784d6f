/** Literals that are wrong wherever they are evaluated: told when the expression is compiled. */
import type { Expr } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { compiledRegExp } from "./library/regexps.ts";
import { parseDuration, parseTimestamp } from "./library/time-text.ts";
import type { Issue } from "./source.ts";
import { CelError } from "./values.ts";

const checks: ReadonlyMap<string, { readonly at: number; readonly read: (text: string) => unknown }> = new Map([
  ["duration", { at: 0, read: parseDuration }],
  ["timestamp", { at: 0, read: parseTimestamp }],
  ["matches", { at: -1, read: compiledRegExp }],
]);

export function literalIssues({ root }: Checked): Issue[] {
  const issues: Issue[] = [];
  for (const expr of walk(root)) {
    if (expr.kind !== "call") continue;
    const check = checks.get(expr.function);
    const literal = check && expr.args.at(check.at);
    if (!check || literal?.kind !== "literal" || typeof literal.value !== "string") continue;
    try {
      check.read(literal.value);
    } catch (error) {
      if (!(error instanceof CelError)) throw error;
      issues.push({ at: literal.at, message: `invalid ${expr.function} argument` });
    }
  }
  return issues;
}

/** Every expression of a tree; those that macros use twice, twice. */
export function* walk(expr: Expr): Iterable<Expr> {
  yield expr;
  for (const child of childrenOf(expr)) yield* walk(child);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case "select":
      return [expr.operand];
    case "call":
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case "list":
      return expr.elements;
    case "map":
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expr.fields.map(({ value }) => value);
    case "comprehension":
      return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}
