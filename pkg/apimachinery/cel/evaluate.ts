/** Checked trees as functions that evaluate them, and count what that costs. */
import type { Call, Comprehension, Expr, List, MapLiteral, Select } from "./ast.ts";
import type { Checked } from "./checker.ts";
import { type CostMeter, callCostOf, listCost, mapCost } from "./cost.ts";
import type { Overload } from "./functions.ts";
import { accumulator } from "./macros.ts";
import { fits } from "./runtime-types.ts";
import {
  CelError,
  isMap,
  ListValue,
  LiteralMap,
  type MapValue,
  none,
  noSuchOverload,
  Optional,
  printKey,
  Uint,
  type Value,
} from "./values.ts";

export interface Frame {
  readonly variables: Readonly<Record<string, Value | undefined>>;
  readonly slots: (Value | undefined)[];
  readonly meter: CostMeter;
}

export type Code = (frame: Frame) => Value;

/** Names of comprehensions in reach, with their slots. */
type Scope = { readonly name: string; readonly slot: number; readonly parent: Scope | undefined } | undefined;

export function compileTree(checked: Checked): Code {
  return new Compiler(checked).compile(checked.root, undefined);
}

class Compiler {
  readonly #checked: Checked;
  #slots = 0;

  constructor(checked: Checked) {
    this.#checked = checked;
  }

  compile(expr: Expr, scope: Scope): Code {
    switch (expr.kind) {
      case "literal": {
        const { value } = expr;
        return () => value;
      }
      case "ident":
        return this.#variable(expr.name, scope);
      case "select":
        return this.#select(expr, scope);
      case "call":
        return this.#call(expr, scope);
      case "list":
        return this.#list(expr, scope);
      case "map":
        return this.#map(expr, scope);
      case "comprehension":
        return this.#comprehension(expr, scope);
      case "struct":
        throw new Error("no type of Kubernetes can be constructed");
    }
  }

  #variable(name: string, scope: Scope): Code {
    for (let at = scope; at; at = at.parent) {
      if (at.name !== name) continue;
      const { slot } = at;
      return ({ slots, meter }) => {
        meter.spend(1);
        return slots[slot] as Value;
      };
    }
    return ({ variables, meter }) => {
      meter.spend(1);
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value === undefined) throw new CelError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #select(expr: Select, scope: Scope): Code {
    const name = this.#checked.names.get(expr);
    if (name !== undefined) return this.#variable(name, scope);
    const operand = this.compile(expr.operand, scope);
    const { field } = expr;
    if (expr.testOnly) return (frame) => isPresent(operand(frame), field);
    return (frame) => {
      const target = operand(frame);
      frame.meter.spend(1);
      return member(target, field);
    };
  }

  #call(expr: Call, scope: Scope): Code {
    const resolved = this.#checked.calls.get(expr);
    const exprs = expr.target && !resolved?.isStatic ? [expr.target, ...expr.args] : expr.args;
    if (expr.function === "_?._") return this.#optionalSelect(exprs, scope);
    const args = exprs.map((arg) => this.compile(arg, scope));
    switch (expr.function) {
      case "_&&_":
        return logical(args[0] as Code, args[1] as Code, false);
      case "_||_":
        return logical(args[0] as Code, args[1] as Code, true);
      case "_?_:_":
        return conditional(args as [Code, Code, Code]);
      case "@not_strictly_false":
        return notStrictlyFalse(args[0] as Code);
      case "or":
      case "orValue":
        return fallback(args as [Code, Code], expr.function === "or");
    }
    return callOf(resolved?.overloads ?? [], args);
  }

  #optionalSelect([target, field]: readonly Expr[], scope: Scope): Code {
    const operand = this.compile(target as Expr, scope);
    const name = (field as { value: string }).value;
    return (frame) => {
      const value = operand(frame);
      frame.meter.spend(1);
      return optionalMember(value, name);
    };
  }

  #list({ elements, optional }: List, scope: Scope): Code {
    const codes = elements.map((element) => this.compile(element, scope));
    // Always the same: made once, and free.
    if (elements.length > 0 && optional.size === 0 && elements.every(({ kind }) => kind === "literal")) {
      const constant = new ListValue(elements.map((element) => (element as { value: Value }).value));
      return () => constant;
    }
    return (frame) => {
      const items: Value[] = [];
      for (const [at, code] of codes.entries()) {
        const value = code(frame);
        if (!optional.has(at)) items.push(value);
        else if (!(value instanceof Optional))
          throw new CelError("cannot initialize optional list element from non-optional value");
        else if (value.value !== undefined) items.push(value.value);
      }
      frame.meter.spend(listCost);
      return new ListValue(items);
    };
  }

  #map({ entries }: MapLiteral, scope: Scope): Code {
    const codes = entries.map(({ key, value, optional }) => ({
      key: this.compile(key, scope),
      value: this.compile(value, scope),
      optional,
    }));
    return (frame) => {
      const map = new LiteralMap();
      for (const { key, value, optional } of codes) {
        const [name, made] = [key(frame), value(frame)];
        if (!optional) map.add(name, made);
        else if (!(made instanceof Optional))
          throw new CelError(`cannot initialize optional entry '${printKey(name)}' from non-optional value`);
        else if (made.value !== undefined) map.add(name, made.value);
      }
      frame.meter.spend(mapCost);
      return map;
    };
  }

  #comprehension(expr: Comprehension, scope: Scope): Code {
    const range = this.compile(expr.range, scope);
    const init = this.compile(expr.accuInit, scope);
    const accu = this.#slots++;
    const accuScope: Scope = { name: expr.accuVar, slot: accu, parent: scope };
    const first = this.#slots++;
    let inner: Scope = { name: expr.iterVar, slot: first, parent: accuScope };
    const second = expr.iterVar2 === undefined ? undefined : this.#slots++;
    if (expr.iterVar2 !== undefined && second !== undefined)
      inner = { name: expr.iterVar2, slot: second, parent: inner };
    const condition = this.compile(expr.condition, inner);
    const step = this.#step(expr.step, inner, accu);
    const result = this.compile(expr.result, accuScope);
    // `all` and `exists`: an error counts only if no later element decides.
    const absorbs = expr.condition.kind === "call";
    return (frame) => {
      const { slots } = frame;
      const source = range(frame);
      slots[accu] = init(frame);
      for (const [a, b] of iterate(source, second !== undefined)) {
        slots[first] = a;
        if (second !== undefined) slots[second] = b;
        if (condition(frame) !== true) break;
        slots[accu] = absorbs ? absorbing(step, frame) : step(frame);
      }
      const value = result(frame);
      if (value instanceof Failure) throw value.error;
      return value;
    };
  }

  /** Adding to the list or map that a macro collects in changes it: nobody else can see it. */
  #step(expr: Expr, scope: Scope, accu: number): Code {
    if (expr.kind !== "call") return this.compile(expr, scope);
    const [left, right] = expr.args;
    if (expr.function === "_?_:_") {
      const [when, yes, no] = expr.args as [Expr, Expr, Expr];
      return conditional([this.compile(when, scope), this.#step(yes, scope, accu), this.compile(no, scope)]);
    }
    const collects = left?.kind === "ident" && left.name === accumulator;
    if (!collects || !right) return this.compile(expr, scope);
    if (expr.function === "_+_" && right.kind === "list" && right.elements.length === 1) {
      const item = this.compile(right.elements[0] as Expr, scope);
      return (frame) => {
        const list = frame.slots[accu] as ListValue;
        const value = item(frame);
        frame.meter.spend(2 + listCost);
        (list.items as Value[]).push(value);
        return list;
      };
    }
    if (expr.function !== "cel.@mapInsert") return this.compile(expr, scope);
    const codes = expr.args.slice(1).map((arg) => this.compile(arg, scope));
    return (frame) => {
      const map = frame.slots[accu] as LiteralMap;
      const [key, value] = codes.map((code) => code(frame));
      frame.meter.spend(2);
      if (value !== undefined) return map.add(key as Value, value);
      for (const one of (key as MapValue).keys()) map.add(one, (key as MapValue).get(one) as Value);
      return map;
    };
  }
}

/** An error as the value of a loop so far: a later element may still decide. */
class Failure {
  readonly error: CelError;
  constructor(error: CelError) {
    this.error = error;
  }
}

function absorbing(step: Code, frame: Frame): Value {
  try {
    return step(frame);
  } catch (error) {
    if (error instanceof CelError) return new Failure(error) as unknown as Value;
    throw error;
  }
}

function* iterate(source: Value, pairs: boolean): Iterable<readonly [Value, Value]> {
  if (source instanceof ListValue) {
    let at = 0n;
    for (const item of source.items) {
      yield pairs ? [at, item] : [item, item];
      at++;
    }
  } else if (isMap(source)) {
    for (const key of source.keys()) yield [key, pairs ? (source.get(key) as Value) : key];
  } else throw new CelError("got 'unsupported range' expected iterable type");
}

function member(target: Value, field: string): Value {
  if (isMap(target)) {
    const value = target.get(field);
    if (value === undefined) throw new CelError(`no such key: ${field}`);
    return value;
  }
  if (target instanceof Optional) return optionalMember(target, field);
  throw noSuchOverload();
}

function optionalMember(target: Value, field: string): Optional {
  const inner = target instanceof Optional ? target.value : target;
  if (inner === undefined) return none;
  if (!isMap(inner)) throw noSuchOverload();
  const value = inner.get(field);
  return value === undefined ? none : new Optional(value);
}

function isPresent(target: Value, field: string): boolean {
  if (isMap(target)) return target.get(field) !== undefined;
  if (target instanceof Optional) return optionalMember(target, field).value !== undefined;
  throw noSuchOverload();
}

export function indexValue(target: Value, index: Value): Value {
  if (target instanceof ListValue) {
    const at = listIndex(index);
    const item = target.items[at];
    if (at < 0 || item === undefined) throw new CelError(`index out of bounds: ${printKey(index)}`);
    return item;
  }
  if (isMap(target)) {
    const value = target.get(index);
    if (value === undefined) throw new CelError(`no such key: ${printKey(index)}`);
    return value;
  }
  if (target instanceof Optional) return optionalIndex(target, index);
  throw noSuchOverload();
}

export function optionalIndex(target: Value, index: Value): Optional {
  const inner = target instanceof Optional ? target.value : target;
  if (inner === undefined) return none;
  const found =
    inner instanceof ListValue ? inner.items[listIndex(index)] : isMap(inner) ? inner.get(index) : undefined;
  return found === undefined ? none : new Optional(found);
}

function listIndex(index: Value): number {
  if (typeof index === "bigint") return Number(index);
  if (index instanceof Uint) return Number(index.value);
  if (typeof index === "number" && Number.isInteger(index)) return index;
  throw new CelError(`unsupported index value ${String(index)} in list`);
}

/** `decides`: the value of one side that makes the other not matter. */
function logical(left: Code, right: Code, decides: boolean): Code {
  const side = (code: Code, frame: Frame): Value | Failure => {
    try {
      const value = code(frame);
      if (value instanceof Failure) return value;
      return typeof value === "boolean" ? value : new Failure(noSuchOverload());
    } catch (error) {
      if (error instanceof CelError) return new Failure(error);
      throw error;
    }
  };
  return (frame) => {
    const a = side(left, frame);
    if (a === decides) return decides;
    const b = side(right, frame);
    if (b === decides) return decides;
    if (a instanceof Failure) throw a.error;
    if (b instanceof Failure) throw b.error;
    return !decides;
  };
}

function conditional([when, yes, no]: readonly [Code, Code, Code]): Code {
  return (frame) => {
    const chosen = when(frame);
    if (typeof chosen !== "boolean") throw noSuchOverload();
    return chosen ? yes(frame) : no(frame);
  };
}

/** Whether a loop goes on: an error does not end it. */
function notStrictlyFalse(code: Code): Code {
  return (frame) => {
    frame.meter.spend(1);
    try {
      return code(frame) !== false;
    } catch (error) {
      if (error instanceof CelError) return true;
      throw error;
    }
  };
}

/** The second is evaluated only where the first holds nothing. */
function fallback([first, second]: readonly [Code, Code], staysOptional: boolean): Code {
  return (frame) => {
    const value = first(frame);
    frame.meter.spend(1);
    if (!(value instanceof Optional)) throw noSuchOverload();
    if (value.value === undefined) return second(frame);
    return staysOptional ? value : value.value;
  };
}

function callOf(overloads: readonly Overload[], args: readonly Code[]): Code {
  const costs = overloads.map(({ function: name, id }) => callCostOf(name, id));
  const only = overloads.length === 1 ? overloads[0] : undefined;
  return (frame) => {
    const values: Value[] = [];
    for (const arg of args) {
      const value = arg(frame);
      if (value instanceof Failure) throw value.error;
      values.push(value);
    }
    // Types that are not known before (dyn) are looked at now.
    const at = only && fits(values, only) ? 0 : overloads.findIndex((one) => fits(values, one));
    const chosen = overloads[at];
    if (!chosen) {
      frame.meter.spend(1);
      throw noSuchOverload();
    }
    const result = chosen.call(values);
    frame.meter.spend((costs[at] as (typeof costs)[number])(values, result));
    return result;
  };
}
