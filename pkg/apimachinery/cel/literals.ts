/** Literals that are wrong wherever they are evaluated: told when the expression is compiled. */
import type { Expr } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { compiledRegExp } from "./library/regexps.ts";
import { parseDuration, parseTimestamp } from "./library/time-text.ts";
import type { Issue } from "./source.ts";
import { isDyn, optionalParameter, printType, sameType, type Type } from "./types.ts";
import { CelError } from "./values.ts";

const checks: ReadonlyMap<string, { readonly at: number; readonly read: (text: string) => unknown }> = new Map([
  ["duration", { at: 0, read: parseDuration }],
  ["timestamp", { at: 0, read: parseTimestamp }],
  ["matches", { at: -1, read: compiledRegExp }],
]);

export function literalIssues(checked: Checked): Issue[] {
  const { root } = checked;
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
  mixedIssues(root, checked, issues);
  return issues.toSorted((a, b) => a.at - b.at);
}

/** Items of a list are of one type, keys of a map, values of a map; what is formatted may be of any. */
function mixedIssues(expr: Expr, checked: Checked, issues: Issue[]): void {
  if (expr.kind === "call" && expr.function === "format") return;
  if (expr.kind === "list")
    oneType(
      expr.elements.map((item, at) => [item, expr.optional.has(at)]),
      checked,
      issues,
    );
  if (expr.kind === "map") {
    oneType(
      expr.entries.map(({ key }) => [key, false]),
      checked,
      issues,
    );
    oneType(
      expr.entries.map(({ value, optional }) => [value, optional]),
      checked,
      issues,
    );
  }
  for (const child of childrenOf(expr)) mixedIssues(child, checked, issues);
}

function oneType(exprs: readonly (readonly [Expr, boolean])[], { types }: Checked, issues: Issue[]): void {
  let first: Type | undefined;
  for (const [expr, optional] of exprs) {
    const found = types.get(expr) as Type;
    const type = (optional ? optionalParameter(found) : undefined) ?? found;
    first ??= type;
    if (sameType(first, type) || isDyn(first) || isDyn(type)) continue;
    issues.push({ at: expr.at, message: `expected type '${printType(first)}' but found '${printType(type)}'` });
    return;
  }
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
