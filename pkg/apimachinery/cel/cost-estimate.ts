/**
 * The most (and least) that a checked expression can cost, from the sizes that its values can have. Decides which rules a
 * definition may hold, so it counts exactly as upstream does. https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
 */
import type { Call, Comprehension, Expr } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { listCost, mapCost, stringFactor, structCost } from "./cost.ts";
import { type Estimated, type EstimatedNode, estimateCall } from "./cost-of-calls.ts";
import { accumulator } from "./macros.ts";
import { add, atMost, exactly, type Range, scale, times, unbounded, union } from "./range.ts";
import type { Type } from "./types.ts";

export type SizeRange = Range;
export type CostRange = Range;

/** How large the value at a path can be: `["self", "list", "@items"]`. Undefined: not known. */
export type SizeOf = (path: readonly string[]) => number | undefined;

/** What items or entries of a value can measure. */
interface EntrySizes {
  readonly isList: boolean;
  readonly key: Range;
  readonly value: Range;
}

interface Local {
  readonly path: readonly string[] | undefined;
  readonly size: Range | undefined;
  readonly entries: EntrySizes | undefined;
}

export function estimateCost(checked: Checked, sizeOf: SizeOf = () => undefined): CostRange {
  return new Estimator(checked, sizeOf).cost(checked.root);
}

class Estimator {
  readonly #checked: Checked;
  readonly #sizeOf: SizeOf;
  readonly #paths = new Map<Expr, readonly string[]>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #entries = new Map<Expr, EntrySizes>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, sizeOf: SizeOf) {
    this.#checked = checked;
    this.#sizeOf = sizeOf;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case "literal":
        return exactly(0);
      case "ident":
        this.#setPath(expr, this.#local(expr.name)?.path ?? (this.#local(expr.name) ? undefined : [expr.name]));
        return exactly(1);
      case "select":
        return this.#select(expr);
      case "call":
        return this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        return expr.fields.reduce((sum, { value }) => add(sum, this.cost(value)), exactly(structCost));
      case "comprehension":
        return isBind(expr) ? this.#bind(expr) : this.#comprehension(expr);
    }
  }

  #type(expr: Expr): Type {
    return this.#checked.types.get(expr) as Type;
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack) stack.push(local);
    else this.#locals.set(name, [local]);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  #setPath(expr: Expr, path: readonly string[] | undefined): void {
    if (path) this.#paths.set(expr, path);
  }

  #path(expr: Expr): readonly string[] | undefined {
    if (expr.kind === "ident") {
      const local = this.#local(expr.name);
      if (local) return local.path;
    }
    return this.#paths.get(expr);
  }

  #below(expr: Expr, name: string): readonly string[] | undefined {
    const path = this.#path(expr);
    return path && [...path, name];
  }

  #select(expr: Extract<Expr, { kind: "select" }>): Range {
    const dotted = this.#checked.names.get(expr);
    if (dotted !== undefined) {
      this.#setPath(expr, [dotted]);
      return exactly(1);
    }
    const operand = this.cost(expr.operand);
    if (expr.testOnly) return operand;
    this.#setPath(expr, this.#below(expr.operand, expr.field));
    const counts = ["map", "object", "param"].includes(this.#type(expr.operand).kind);
    return counts ? add(operand, exactly(1)) : operand;
  }

  #list(expr: Extract<Expr, { kind: "list" }>): Range {
    let sum = exactly(listCost);
    let value: Range | undefined;
    for (const element of expr.elements) {
      sum = add(sum, this.cost(element));
      value = union(value, this.#sizeOrUnbounded(element));
    }
    this.#entries.set(expr, { isList: true, key: exactly(1), value: value ?? exactly(0) });
    return sum;
  }

  #map(expr: Extract<Expr, { kind: "map" }>): Range {
    let sum = exactly(mapCost);
    let keys: Range | undefined;
    let values: Range | undefined;
    for (const { key, value } of expr.entries) {
      sum = add(add(sum, this.cost(key)), this.cost(value));
      keys = union(keys, this.#sizeOrUnbounded(key));
      values = union(values, this.#sizeOrUnbounded(value));
    }
    this.#entries.set(expr, { isList: false, key: keys ?? exactly(0), value: values ?? exactly(0) });
    return sum;
  }

  #bind(expr: Comprehension): Range {
    const before = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#localOf(expr.accuInit));
    const result = this.cost(expr.result);
    this.#pop(expr.accuVar);
    this.#copySizes(expr, expr.result);
    return add(before, result);
  }

  #localOf(expr: Expr): Local {
    return { path: this.#path(expr), size: this.#size(expr), entries: this.#entrySizes(expr) };
  }

  #copySizes(to: Expr, from: Expr): void {
    const [size, entries] = [this.#size(from), this.#entrySizes(from)];
    if (size) this.#sizes.set(to, size);
    if (entries) this.#entries.set(to, entries);
  }

  #comprehension(expr: Comprehension): Range {
    let sum = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.#push(expr.accuVar, this.#localOf(expr.accuInit));
    this.#pushIterated(expr);
    const loop = add(this.cost(expr.step), this.cost(expr.condition));
    const stepEntries = this.#entrySizes(expr.step);
    this.#pop(expr.iterVar);
    if (expr.iterVar2 !== undefined) this.#pop(expr.iterVar2);
    sum = add(sum, this.cost(expr.result));
    this.#pop(expr.accuVar);
    const count = this.#sizeOrUnbounded(expr.range);
    if (expr.accuInit.kind === "literal") {
      const size = this.#size(expr.accuInit);
      if (size) this.#sizes.set(expr, size);
    } else if (expr.accuInit.kind === "list" || expr.accuInit.kind === "map") {
      this.#sizes.set(expr, count);
      if (stepEntries) this.#entries.set(expr, stepEntries);
    }
    return add(sum, times(count, loop));
  }

  #pushIterated({ range, iterVar, iterVar2 }: Comprehension): void {
    const entries = this.#entrySizes(range);
    const isList = entries ? entries.isList : this.#type(range).kind === "list";
    const value = { path: this.#below(range, isList ? "@items" : "@values"), size: entries?.value, entries: undefined };
    const key = { path: this.#below(range, isList ? "@indices" : "@keys"), size: entries?.key, entries: undefined };
    if (iterVar2 === undefined) this.#push(iterVar, isList ? value : key);
    else {
      this.#push(iterVar, key);
      this.#push(iterVar2, value);
    }
  }

  #call(expr: Call): Range {
    const resolved = this.#checked.calls.get(expr);
    const args = expr.args.map((arg) => this.cost(arg));
    if (expr.function === "dyn" && expr.args[0]) {
      this.#copySizes(expr, expr.args[0]);
      return add(exactly(1), args[0] as Range);
    }
    // Optional selections have no overload, and upstream charges nothing for them.
    if (!resolved || resolved.overloads.length === 0) return exactly(0);
    const target = expr.target && !resolved.isStatic ? expr.target : undefined;
    const targetCost = target ? this.cost(target) : exactly(0);
    const nodes = { target: target && this.#node(target), args: expr.args.map((arg) => this.#node(arg)) };
    let cost: Range | undefined;
    let size: Range | undefined;
    for (const { id, function: name } of resolved.overloads) {
      const one = this.#overload(expr, { id, name }, nodes, args);
      cost = union(cost, one.cost);
      if (one.size) size = union(size, one.size);
      if (id === "index_list" || id === "index_map") size = this.#indexed(expr, id === "index_list");
      size ??= this.#size(expr);
    }
    if (size) this.#sizes.set(expr, size);
    return add(targetCost, cost as Range);
  }

  #indexed(expr: Call, isList: boolean): Range | undefined {
    const [of] = expr.args;
    if (!of) return undefined;
    this.#setPath(expr, this.#below(of, isList ? "@items" : "@values"));
    return this.#entrySizes(of)?.value;
  }

  #overload(
    expr: Call,
    of: { readonly id: string; readonly name: string },
    nodes: { readonly target: EstimatedNode | undefined; readonly args: readonly EstimatedNode[] },
    argCosts: readonly Range[],
  ): Estimated {
    const all = argCosts.reduce(add, exactly(0));
    const [first, second, third] = argCosts as readonly [Range, Range, Range];
    switch (of.id) {
      case "logical_and":
      case "logical_or":
        // The right side may never be evaluated.
        return { cost: { min: first.min, max: add(first, second).max } };
      case "conditional": {
        const [, yes, no] = expr.args as readonly [Expr, Expr, Expr];
        this.#setEntries(expr, this.#entrySizes(yes), this.#entrySizes(no));
        const size = union(this.#sizeOrUnbounded(yes), this.#sizeOrUnbounded(no));
        return { cost: add(first, union(second, third)), size };
      }
      case "add_string":
      case "add_bytes":
      case "add_list": {
        const [a, b] = expr.args as readonly [Expr, Expr];
        const size = add(this.#sizeOrUnbounded(a), this.#sizeOrUnbounded(b));
        this.#setEntries(expr, this.#entrySizes(a), this.#entrySizes(b));
        return { cost: add(of.id === "add_list" ? exactly(1) : scale(size, stringFactor), all), size };
      }
    }
    const { cost, size } = estimateCall({ ...of, ...nodes });
    return { cost: add(cost, all), ...(size ? { size } : {}) };
  }

  #setEntries(expr: Expr, a: EntrySizes | undefined, b: EntrySizes | undefined): void {
    if (!a || !b) return;
    this.#entries.set(expr, { isList: a.isList, key: union(a.key, b.key), value: union(a.value, b.value) });
  }

  #node(expr: Expr): EstimatedNode {
    const type = this.#type(expr);
    const items = (): Range | undefined => {
      const path = this.#path(expr);
      const max = path && path[0] !== accumulator ? this.#sizeOf([...path, "@items"]) : undefined;
      return max === undefined ? undefined : atMost(max);
    };
    return { expr, type, size: this.#size(expr), items };
  }

  #sizeOrUnbounded(expr: Expr): Range {
    return this.#size(expr) ?? unbounded;
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? literalSize(expr);
    if (known) return known;
    const path = this.#path(expr);
    const max = path && path.length > 0 ? this.#sizeOf(path) : undefined;
    if (max !== undefined) return atMost(max);
    if (isFixed(this.#type(expr))) return exactly(1);
    return expr.kind === "ident" ? this.#local(expr.name)?.size : undefined;
  }

  #entrySizes(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr) ?? (expr.kind === "ident" ? this.#local(expr.name)?.entries : undefined);
  }
}

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === "list") return exactly(expr.elements.length);
  if (expr.kind === "map") return exactly(expr.entries.length);
  if (expr.kind !== "literal") return undefined;
  const { value } = expr;
  if (typeof value === "string") return exactly([...value].length);
  return exactly(value instanceof Uint8Array ? value.length : 1);
}

function isFixed(type: Type): boolean {
  if (type.kind === "opaque" && type.name === "optional_type") return type.of[0] !== undefined && isFixed(type.of[0]);
  return ["bool", "double", "duration", "int", "timestamp", "uint"].includes(type.kind);
}

const isBind = ({ range, condition }: Comprehension): boolean =>
  range.kind === "list" && range.elements.length === 0 && condition.kind === "literal" && condition.value === false;
