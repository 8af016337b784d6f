/** Expressions as trees. Macros are expanded already: what loops is a comprehension. */
import type { Value } from "./values.ts";

interface Node {
  /** Where messages point: offset into the text. */
  readonly at: number;
}

export interface Literal extends Node {
  readonly kind: "literal";
  readonly value: Value;
}

export interface Ident extends Node {
  readonly kind: "ident";
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: "select";
  readonly operand: Expr;
  readonly field: string;
  /** `has(x.y)`. */
  readonly testOnly: boolean;
}

export interface Call extends Node {
  readonly kind: "call";
  readonly function: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}

export interface List extends Node {
  readonly kind: "list";
  readonly elements: readonly Expr[];
  /** Places of elements that are left out when they are none. */
  readonly optional: ReadonlySet<number>;
}

export interface MapEntry extends Node {
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}

export interface MapLiteral extends Node {
  readonly kind: "map";
  readonly entries: readonly MapEntry[];
}

export interface StructLiteral extends Node {
  readonly kind: "struct";
  readonly typeName: string;
  readonly fields: readonly {
    readonly name: string;
    readonly value: Expr;
    readonly optional: boolean;
    readonly at: number;
  }[];
}

/**
 * Folds `range` into `accuVar`: while `condition` holds, `accuVar` becomes `step`; the value is `result`. With two variables
 * they are index or key, and value.
 */
export interface Comprehension extends Node {
  readonly kind: "comprehension";
  readonly range: Expr;
  readonly iterVar: string;
  readonly iterVar2?: string;
  readonly accuVar: string;
  readonly accuInit: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}

export type Expr = Literal | Ident | Select | Call | List | MapLiteral | StructLiteral | Comprehension;

/** `a.b.c` as one name; undefined for any other expression. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.testOnly) return undefined;
  const operand = qualifiedName(expr.operand);
  return operand === undefined ? undefined : `${operand}.${expr.field}`;
}
