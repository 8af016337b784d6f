/** Types of a tree: what each expression is, and which functions its calls may mean. */
import {
  type Call,
  type Comprehension,
  type Expr,
  type List,
  type MapLiteral,
  qualifiedName,
  type Select,
} from "./ast.ts";
import { instantiate, type Overload } from "./functions.ts";
import type { Issue } from "./source.ts";
import {
  Bindings,
  bool,
  dyn,
  errorType,
  int,
  isDyn,
  listOf,
  mapOf,
  mostGeneral,
  optionalOf,
  optionalParameter,
  printType,
  sameType,
  scalar,
  type Type,
} from "./types.ts";
import { Uint, type Value } from "./values.ts";

export interface Declarations {
  /** Undefined: no such variable or type. */
  variable(name: string): Type | undefined;
  /** Undefined: no such function. */
  overloads(name: string): readonly Overload[] | undefined;
}

export interface Checked {
  readonly root: Expr;
  readonly types: ReadonlyMap<Expr, Type>;
  /** Of calls: the overloads that may be meant, and the name that was found. */
  readonly calls: ReadonlyMap<Expr, ResolvedCall>;
  /** Selections that are in truth a variable with a dotted name. */
  readonly names: ReadonlyMap<Expr, string>;
  /** Variables that are read. */
  readonly variables: ReadonlySet<string>;
  readonly issues: readonly Issue[];
}

export interface ResolvedCall {
  readonly overloads: readonly Overload[];
  /** The receiver is a namespace, not a value. */
  readonly isStatic: boolean;
}

export function checkTree(root: Expr, declarations: Declarations): Checked {
  const checker = new Checker(declarations);
  checker.check(root);
  return checker.finish(root);
}

type Scope = { readonly names: ReadonlyMap<string, Type>; readonly parent: Scope | undefined };

class Checker {
  readonly #declarations: Declarations;
  readonly #bindings = new Bindings();
  readonly #types = new Map<Expr, Type>();
  readonly #calls = new Map<Expr, ResolvedCall>();
  readonly #names = new Map<Expr, string>();
  readonly #variables = new Set<string>();
  readonly #issues: Issue[] = [];
  #scope: Scope | undefined;

  constructor(declarations: Declarations) {
    this.#declarations = declarations;
  }

  finish(root: Expr): Checked {
    const types = new Map([...this.#types].map(([expr, type]) => [expr, this.#bindings.resolve(type, true)]));
    const issues = this.#issues.toSorted((a, b) => a.at - b.at);
    return { root, types, calls: this.#calls, names: this.#names, variables: this.#variables, issues };
  }

  check(expr: Expr): Type {
    const known = this.#types.get(expr);
    // Macros use one node in several places.
    if (known && expr.kind !== "ident") return known;
    const type = this.#typeOf(expr);
    this.#types.set(expr, type);
    return type;
  }

  #report({ at }: { readonly at: number }, message: string): void {
    this.#issues.push({ at, message });
  }

  #typeOf(expr: Expr): Type {
    switch (expr.kind) {
      case "literal":
        return typeOfLiteral(expr.value);
      case "ident":
        return this.#ident(expr.name, expr);
      case "select":
        return this.#select(expr);
      case "call":
        return expr.function === "_?._" ? this.#optionalSelect(expr) : this.#call(expr);
      case "list":
        return this.#list(expr);
      case "map":
        return this.#map(expr);
      case "struct":
        for (const { value } of expr.fields) this.check(value);
        this.#undeclared(expr, expr.typeName);
        return errorType;
      case "comprehension":
        return this.#comprehension(expr);
    }
  }

  #lookup(name: string): Type | undefined {
    for (let scope = this.#scope; scope; scope = scope.parent) {
      const found = scope.names.get(name);
      if (found) return found;
    }
    const declared = this.#declarations.variable(name);
    if (declared) this.#variables.add(name);
    return declared;
  }

  #undeclared(expr: Expr, name: string): void {
    this.#report(expr, `undeclared reference to '${name}' (in container '')`);
  }

  #ident(name: string, expr: Expr): Type {
    const found = this.#lookup(name);
    if (!found) this.#undeclared(expr, name);
    return found ?? errorType;
  }

  #select(expr: Select): Type {
    const name = qualifiedName(expr);
    const variable = name === undefined ? undefined : this.#lookup(name);
    if (variable && name !== undefined) {
      this.#names.set(expr, name);
      return variable;
    }
    const found = this.#field(expr, expr.operand, expr.field, false);
    return expr.testOnly ? bool : this.#bindings.resolve(found);
  }

  #optionalSelect(expr: Call): Type {
    const [operand, field] = expr.args as [Expr, Expr];
    const name = field.kind === "literal" ? String(field.value) : "";
    this.#types.set(field, scalar("string"));
    return this.#bindings.resolve(this.#field(expr, operand, name, true));
  }

  #field(expr: Expr, operand: Expr, name: string, optional: boolean): Type {
    const whole = this.#bindings.resolve(this.check(operand));
    const inner = optionalParameter(whole);
    const target = inner ?? whole;
    let found = dyn;
    if (target.kind === "map") found = target.of;
    else if (target.kind === "object") {
      const field = target.fields.get(name);
      if (!field) this.#report(expr, `undefined field '${name}'`);
      found = field ?? errorType;
    } else if (target.kind === "param") this.#bindings.assign([[dyn, target]]);
    else if (!isDyn(target)) {
      this.#report(expr, `type '${printType(target)}' does not support field selection`);
    }
    return inner || optional ? optionalOf(found) : found;
  }

  #call(expr: Call): Type {
    const args = expr.args.map((arg) => this.check(arg));
    const { target } = expr;
    if (!target) return this.#resolve(expr, expr.function, args, { isMember: false, isStatic: false });
    const prefix = qualifiedName(target);
    const namespaced = prefix === undefined ? undefined : `${prefix}.${expr.function}`;
    if (namespaced !== undefined && this.#declarations.overloads(namespaced)) {
      return this.#resolve(expr, namespaced, args, { isMember: false, isStatic: true });
    }
    const receiver = this.check(target);
    return this.#resolve(expr, expr.function, [receiver, ...args], { isMember: true, isStatic: false });
  }

  #resolve(
    expr: Call,
    name: string,
    args: readonly Type[],
    { isMember, isStatic }: { readonly isMember: boolean; readonly isStatic: boolean },
  ): Type {
    const candidates = this.#declarations.overloads(name);
    if (!candidates) {
      this.#undeclared(expr, name);
      return errorType;
    }
    if (name === "_&&_" || name === "_||_") return this.#logical(expr, candidates, args);
    const fitting: Overload[] = [];
    let result: Type | undefined;
    for (const candidate of candidates) {
      if (candidate.isMember !== isMember || candidate.args.length !== args.length) continue;
      const wanted = instantiate(candidate, this.#bindings);
      if (!this.#bindings.assign(args.map((arg, at) => [arg, wanted.args[at] as Type]))) continue;
      fitting.push(candidate);
      const type = this.#bindings.resolve(wanted.result);
      if (!result) result = type;
      else if (result.kind !== "dyn" && !sameType(result, type)) result = dyn;
    }
    if (!result) {
      const shown = args.map((arg) => printType(this.#bindings.resolve(arg, true)));
      const signature = isMember ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`;
      this.#report(expr, `found no matching overload for '${name}' applied to '${signature}'`);
      return errorType;
    }
    this.#calls.set(expr, { overloads: fitting, isStatic });
    return result;
  }

  #logical(expr: Call, overloads: readonly Overload[], args: readonly Type[]): Type {
    let fits = true;
    for (const [at, arg] of args.entries()) {
      if (this.#bindings.assign([[arg, bool]])) continue;
      fits = false;
      const found = printType(this.#bindings.resolve(arg));
      this.#report(expr.args[at] as Expr, `expected type 'bool' but found '${found}'`);
    }
    this.#calls.set(expr, { overloads, isStatic: false });
    return fits ? bool : errorType;
  }

  #list(expr: List): Type {
    let joined: Type | undefined;
    for (const [at, element] of expr.elements.entries()) {
      let type = this.check(element);
      if (expr.optional.has(at)) type = this.#unwrapped(element, type);
      joined = this.#join(joined, type);
    }
    return listOf(joined ?? this.#bindings.freshParam());
  }

  #map(expr: MapLiteral): Type {
    let keys: Type | undefined;
    let values: Type | undefined;
    for (const { key, value, optional } of expr.entries) {
      keys = this.#join(keys, this.check(key));
      const type = this.check(value);
      values = this.#join(values, optional ? this.#unwrapped(value, type) : type);
    }
    return mapOf(keys ?? this.#bindings.freshParam(), values ?? this.#bindings.freshParam());
  }

  #unwrapped(expr: Expr, type: Type): Type {
    const inner = optionalParameter(this.#bindings.resolve(type));
    if (!inner && !isDyn(type)) {
      this.#report(expr, `expected type '${printType(optionalOf(type))}' but found '${printType(type)}'`);
    }
    return inner ?? type;
  }

  #join(previous: Type | undefined, current: Type): Type {
    if (!previous) return current;
    // Mixed literals are dynamic here; whether they may be mixed is another's to say.
    return this.#bindings.assign([[previous, current]]) ? mostGeneral(previous, current) : dyn;
  }

  #mismatch(expr: Expr, wanted: Type, found: Type): void {
    this.#report(expr, `expected type '${printType(wanted)}' but found '${printType(found)}'`);
  }

  #comprehension(expr: Comprehension): Type {
    const range = this.#bindings.resolve(this.check(expr.range));
    const accu = this.check(expr.accuInit);
    const outside = this.#scope;
    const accuScope: Scope = { names: new Map([[expr.accuVar, accu]]), parent: outside };
    const [first, second] = this.#iterated(expr, range);
    const names = new Map([[expr.iterVar, first]]);
    if (expr.iterVar2 !== undefined) names.set(expr.iterVar2, second);
    this.#scope = { names, parent: accuScope };
    this.#assert(expr.condition, bool);
    this.#assert(expr.step, accu);
    this.#scope = accuScope;
    const result = this.check(expr.result);
    this.#scope = outside;
    return this.#bindings.resolve(result);
  }

  #iterated(expr: Comprehension, range: Type): [Type, Type] {
    const two = expr.iterVar2 !== undefined;
    if (range.kind === "list") return two ? [int, range.of] : [range.of, range.of];
    if (range.kind === "map") return [range.key, range.of];
    if (isDyn(range) || range.kind === "param") {
      this.#bindings.assign([[dyn, range]]);
      return [dyn, dyn];
    }
    const shown = printType(range);
    this.#report(
      expr.range,
      `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
    return [errorType, errorType];
  }

  #assert(expr: Expr, wanted: Type): void {
    const found = this.check(expr);
    if (!this.#bindings.assign([[wanted, found]])) this.#mismatch(expr, wanted, found);
  }
}

function typeOfLiteral(value: Value): Type {
  if (value === null) return scalar("null");
  if (value instanceof Uint) return scalar("uint");
  if (value instanceof Uint8Array) return scalar("bytes");
  if (typeof value === "bigint") return int;
  if (typeof value === "number") return scalar("double");
  return scalar(typeof value === "string" ? "string" : "bool");
}
