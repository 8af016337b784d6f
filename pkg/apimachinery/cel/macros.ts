/** Calls that are not functions: each becomes a tree of what it means. https://github.com/google/cel-spec/blob/master/doc/langdef.md#macros */
import type { Call, Comprehension, Expr, List } from "./ast.ts";
import type { Issue } from "./source.ts";
import type { Value } from "./values.ts";

type Written = Omit<Call, "kind">;
type Expand = (call: Written & { readonly target: Expr }, names: readonly string[]) => Expr;

/** Cannot be written in an expression. */
export const accumulator = "@result";

interface Macro {
  /** How many arguments name variables, and how many there are. */
  readonly variables: number;
  readonly args: number;
  readonly expand: Expand;
}

const literal = (value: Value, at: number): Expr => ({ kind: "literal", value, at });
const ident = (name: string, at: number): Expr => ({ kind: "ident", name, at });
const call = (name: string, at: number, ...args: Expr[]): Expr => ({ kind: "call", function: name, args, at });
const list = (at: number, ...elements: Expr[]): List => ({ kind: "list", elements, optional: new Set(), at });

interface Fold {
  readonly init: Expr;
  readonly step: Expr;
  readonly condition?: Expr;
  readonly result?: Expr;
}

function fold({ target, at }: { target: Expr; at: number }, names: readonly string[], parts: Fold): Comprehension {
  const [iterVar = "", iterVar2] = names;
  return {
    kind: "comprehension",
    range: target,
    iterVar,
    ...(iterVar2 === undefined ? {} : { iterVar2 }),
    accuVar: accumulator,
    accuInit: parts.init,
    condition: parts.condition ?? literal(true, at),
    step: parts.step,
    result: parts.result ?? ident(accumulator, at),
    at,
  };
}

const all: Expand = (call_, names) => {
  const { at, args } = call_;
  const accu = ident(accumulator, at);
  return fold(call_, names, {
    init: literal(true, at),
    condition: call("@not_strictly_false", at, accu),
    step: call("_&&_", at, accu, args.at(-1) as Expr),
  });
};

const exists: Expand = (call_, names) => {
  const { at, args } = call_;
  const accu = ident(accumulator, at);
  return fold(call_, names, {
    init: literal(false, at),
    condition: call("@not_strictly_false", at, call("!_", at, accu)),
    step: call("_||_", at, accu, args.at(-1) as Expr),
  });
};

const existsOne: Expand = (call_, names) => {
  const { at, args } = call_;
  const accu = ident(accumulator, at);
  const more = call("_+_", at, accu, literal(1n, at));
  return fold(call_, names, {
    init: literal(0n, at),
    step: call("_?_:_", at, args.at(-1) as Expr, more, accu),
    result: call("_==_", at, accu, literal(1n, at)),
  });
};

/** The last argument makes the item, one before it (if any) chooses. */
function collecting(
  choose: (call: Written, names: readonly string[]) => { item: Expr; when: Expr | undefined },
): Expand {
  return (call_, names) => {
    const { at } = call_;
    const { item, when } = choose(call_, names);
    const accu = ident(accumulator, at);
    const added = call("_+_", at, accu, list(at, item));
    return fold(call_, names, {
      init: list(at),
      step: when ? call("_?_:_", at, when, added, accu) : added,
    });
  };
}

const chosen = ({ args }: Written, names: readonly string[]) => {
  const rest = args.slice(names.length);
  return { item: rest.at(-1) as Expr, when: rest.length > 1 ? rest[0] : undefined };
};

const filtered = ({ args, at }: Written, names: readonly string[]) => ({
  item: ident(names[0] as string, at),
  when: args[1] as Expr,
});

/** Maps made entry by entry: `insert` names the function that adds one. */
const transforming =
  (entries: boolean): Expand =>
  (call_, names) => {
    const { at } = call_;
    const { item, when } = chosen(call_, names);
    const accu = ident(accumulator, at);
    const added = entries
      ? call("cel.@mapInsert", at, accu, item)
      : call("cel.@mapInsert", at, accu, ident(names[0] as string, at), item);
    return fold(call_, names, {
      init: { kind: "map", entries: [], at },
      step: when ? call("_?_:_", at, when, added, accu) : added,
    });
  };

/** A variable for one value: a fold over nothing, whose result sees it. */
const bind = (name: string, value: Expr, result: Expr, at: number): Comprehension => ({
  kind: "comprehension",
  range: list(at),
  iterVar: "#unused",
  accuVar: name,
  accuInit: value,
  condition: literal(false, at),
  step: ident(name, at),
  result,
  at,
});

const member = (name: string, target: Expr, at: number, ...args: Expr[]): Expr => ({
  kind: "call",
  function: name,
  target,
  args,
  at,
});

const optionalMap =
  (flat: boolean): Expand =>
  ({ target, args, at }, [name = ""]) => {
    const made = bind(name, member("value", target, at), args[1] as Expr, at);
    const some = flat ? made : call("optional.of", at, made);
    return call("_?_:_", at, member("hasValue", target, at), some, call("optional.none", at));
  };

/** Sorts by what the expression makes of each item. */
const sortBy: Expand = (call_, names) => {
  const { target, at } = call_;
  const source = target.kind === "ident" || target.kind === "select" ? target : undefined;
  const name = "@__sortBy_input__";
  const input = source ?? ident(name, at);
  const keys = collecting(chosen)({ ...call_, target: input }, names);
  const sorted = member("@sortByAssociatedKeys", input, at, keys);
  return source ? sorted : bind(name, target, sorted, at);
};

const receivers: ReadonlyMap<string, readonly Macro[]> = new Map([
  ["all", quantifier(all)],
  ["exists", quantifier(exists)],
  ["exists_one", [{ variables: 1, args: 2, expand: existsOne }]],
  ["existsOne", quantifier(existsOne)],
  ["map", [2, 3].map((args) => ({ variables: 1, args, expand: collecting(chosen) }))],
  ["filter", [{ variables: 1, args: 2, expand: collecting(filtered) }]],
  ["transformList", [3, 4].map((args) => ({ variables: 2, args, expand: collecting(chosen) }))],
  ["transformMap", [3, 4].map((args) => ({ variables: 2, args, expand: transforming(false) }))],
  ["transformMapEntry", [3, 4].map((args) => ({ variables: 2, args, expand: transforming(true) }))],
  ["optMap", [{ variables: 1, args: 2, expand: optionalMap(false) }]],
  ["optFlatMap", [{ variables: 1, args: 2, expand: optionalMap(true) }]],
  ["sortBy", [{ variables: 1, args: 2, expand: sortBy }]],
]);

function quantifier(expand: Expand): Macro[] {
  return [
    { variables: 1, args: 2, expand },
    { variables: 2, args: 3, expand },
  ];
}

export interface MacroOptions {
  /** `cel.bind(name, value, result)`. */
  readonly bindings?: boolean;
}

/** Undefined: an ordinary call. What is wrong is told in `issues`. */
export function expandMacro(
  written: Written,
  issues: Issue[],
  { bindings = false }: MacroOptions = {},
): Expr | undefined {
  const { target, args } = written;
  if (
    bindings &&
    target?.kind === "ident" &&
    target.name === "cel" &&
    written.function === "bind" &&
    args.length === 3
  ) {
    return expandBind(written, issues);
  }
  if (!target) return written.function === "has" && args.length === 1 ? expandHas(written, issues) : undefined;
  const macro = receivers.get(written.function)?.find((one) => one.args === args.length);
  if (!macro) return undefined;
  const names: string[] = [];
  for (const arg of args.slice(0, macro.variables)) {
    if (arg.kind !== "ident") {
      const isOld = ["map", "filter"].includes(written.function);
      issues.push({ at: arg.at, message: isOld ? "argument is not an identifier" : "argument must be a simple name" });
      return literal(false, arg.at);
    }
    names.push(arg.name);
  }
  if (names.length === 2 && names[0] === names[1]) {
    issues.push({ at: args[1]?.at ?? written.at, message: `duplicate variable name: ${names[0]}` });
  }
  return macro.expand({ ...written, target }, names);
}

function expandHas({ args, at }: Written, issues: Issue[]): Expr {
  const [arg] = args;
  if (arg?.kind === "select" && !arg.testOnly) return { ...arg, testOnly: true, at };
  issues.push({ at: arg?.at ?? at, message: "invalid argument to has() macro" });
  return literal(false, at);
}

function expandBind({ args, at }: Written, issues: Issue[]): Expr {
  const [name, value, result] = args as [Expr, Expr, Expr];
  if (name.kind === "ident") return bind(name.name, value, result, at);
  issues.push({ at: name.at, message: "cel.bind() variable names must be simple identifiers" });
  return literal(false, at);
}
