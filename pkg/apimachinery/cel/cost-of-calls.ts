/** What each function can cost, and how large its result can be. */
import type { Expr } from "./ast.ts";
import { listCost, regexpFactor, stringFactor } from "./cost.ts";
import { add, atMost, exactly, type Range, scale, times, unbounded } from "./range.ts";
import type { Type } from "./types.ts";

export interface EstimatedNode {
  readonly expr: Expr;
  readonly type: Type;
  readonly size: Range | undefined;
  /** Of a list whose place in the data is known: what its items measure. */
  items(): Range | undefined;
}

export interface Estimated {
  readonly cost: Range;
  readonly size?: Range;
}

export interface EstimatedCall {
  readonly id: string;
  readonly name: string;
  readonly target: EstimatedNode | undefined;
  readonly args: readonly EstimatedNode[];
}

type Estimate = (call: EstimatedCall) => Estimated | undefined;

const sizeOf = (node: EstimatedNode | undefined): Range => node?.size ?? unbounded;
const one: Estimated = { cost: exactly(1) };
const isText = ({ kind }: Type): boolean => kind === "string" || kind === "bytes";

/** Without the costs of the arguments. */
export function estimateCall(call: EstimatedCall): Estimated {
  return byOverload.get(call.id)?.(call) ?? byFunction.get(call.name)?.(call) ?? standard.get(call.id)?.(call) ?? one;
}

const matching = (text: Range, pattern: Range): Range =>
  times(scale(add(text, exactly(1)), stringFactor), scale(pattern, regexpFactor));

const elementsOf = ({ target }: EstimatedCall): Estimated | undefined => {
  if (!target) return undefined;
  if (target.type.kind !== "list") return { cost: scale(sizeOf(target), stringFactor) };
  const perItem = isText(target.type.of)
    ? add(exactly(1), scale(target.items() ?? unbounded, stringFactor))
    : exactly(1);
  return { cost: times(sizeOf(target), perItem) };
};

const traversedTarget: Estimate = ({ target }) =>
  target && { cost: scale(sizeOf(target), stringFactor), size: sizeOf(target) };
const traversedArgument: Estimate = ({ args: [text] }) => text && { cost: scale(sizeOf(text), stringFactor) };
const fixed: Estimate = () => one;

function replacing({ target, args: [from, to] }: EstimatedCall): Estimated | undefined {
  if (!target || !from || !to) return undefined;
  const [size, old, by] = [sizeOf(target), sizeOf(from), sizeOf(to)];
  const most = replacedMax(size.max, old.min, by.max);
  const least = replacedMin(size.min, old.max, by.min);
  const count = { min: least.count, max: most.count };
  const kept = { min: least.kept, max: most.kept };
  return { cost: scale(size, 2 * stringFactor), size: add(times(count, by), kept) };
}

/** How often the longest result replaces, and how much of the original it keeps. */
function replacedMax(size: number, shortest: number, longest: number): { count: number; kept: number } {
  if (shortest === 0) return { count: size + 1, kept: size };
  if (longest <= shortest) return { count: 0, kept: size };
  return { count: Math.ceil(size / shortest), kept: 0 };
}

function replacedMin(size: number, longest: number, shortest: number): { count: number; kept: number } {
  if (longest === 0) return { count: size + 1, kept: size };
  if (longest <= shortest) return { count: 0, kept: size };
  return { count: Math.ceil(size / longest), kept: 0 };
}

function splitting({ target, args }: EstimatedCall): Estimated | undefined {
  if (!target) return undefined;
  const limit = args[1]?.expr;
  const max = limit?.kind === "literal" && typeof limit.value === "bigint" ? Number(limit.value) : sizeOf(target).max;
  return { cost: scale(sizeOf(target), 2 * stringFactor), size: atMost(max) };
}

function joining({ target, args: [separator] }: EstimatedCall): Estimated | undefined {
  if (!target) return undefined;
  const list = sizeOf(target);
  let size = target.type.kind === "list" ? times(list, target.items() ?? unbounded) : exactly(0);
  if (separator) {
    const count = { min: Math.max(0, list.min - 1), max: Math.max(0, list.max - 1) };
    size = add(size, times(sizeOf(separator), count));
  }
  return { cost: scale(size, stringFactor), size };
}

const addressBytes = { min: 4, max: 16 };
const comparedAddresses = scale(add(addressBytes, addressBytes), stringFactor);

/** A text is parsed first. */
const withParsing = (cost: Range, { id, args }: EstimatedCall): Estimated => ({
  cost: id.endsWith("_string") ? add(cost, scale(sizeOf(args[0]), stringFactor)) : cost,
});

/** Characters of the longest pattern behind a named format. */
const formatPatternMax = 128;

const table = (estimate: Estimate, names: string): [string, Estimate][] =>
  names.split(" ").map((name) => [name, estimate]);

const byFunction: ReadonlyMap<string, Estimate> = new Map([
  ...table(elementsOf, "isSorted sum max min indexOf lastIndexOf"),
  ...table(({ args: [text] }) => text && { cost: scale(sizeOf(text), stringFactor), size: sizeOf(text) }, "url"),
  ...table(traversedTarget, "lowerAscii upperAscii substring trim"),
  ...table(replacing, "replace"),
  ...table(splitting, "split"),
  ...table(joining, "join"),
  ...table(
    ({ target, args: [pattern] }) =>
      target && { cost: matching(sizeOf(target), sizeOf(pattern)), size: atMost(sizeOf(target).max) },
    "find findAll",
  ),
  ...table(traversedArgument, "cidr isIP isCIDR quantity isQuantity semver isSemver"),
  ...table((call) => (call.id === "cidr_ip" ? one : traversedArgument(call)), "ip"),
  ...table(({ args: [text] }) => text && { cost: scale(sizeOf(text), 2 * stringFactor) }, "ip.isCanonical"),
  ...table((call) => withParsing(comparedAddresses, call), "containsIP"),
  ...table(
    (call) => withParsing(add(add(comparedAddresses, scale(addressBytes, stringFactor)), exactly(1)), call),
    "containsCIDR",
  ),
  ...table(
    ({ args: [text] }) => text && { cost: scale(scale(sizeOf(text), stringFactor), formatPatternMax * regexpFactor) },
    "validate",
  ),
  ...table(
    fixed,
    "masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery",
  ),
]);

const compared: Estimate = ({ args: [a, b] }) => {
  const max = Math.min(sizeOf(a).max, sizeOf(b).max);
  return { cost: scale({ min: max > 0 ? 1 : 0, max }, stringFactor) };
};

/** Values of Kubernetes' own types are compared at once; a text stands behind a URL. */
const equal: Estimate = (call) => {
  const [a, b] = call.args;
  if (a?.type.kind !== "opaque" || b?.type.kind !== "opaque" || a.type.name !== b.type.name) return compared(call);
  if (a.type.name === "kubernetes.NamedFormat") return { cost: scale({ min: 1, max: 64 }, stringFactor) };
  if (a.type.name === "kubernetes.URL") return { cost: scale({ min: 1, max: b.size?.max ?? 1 }, stringFactor) };
  return a.type.name === "optional_type" ? compared(call) : one;
};

const standard: ReadonlyMap<string, Estimate> = new Map([
  ...table(({ target }) => target && { cost: scale(sizeOf(target), stringFactor) }, "string_format"),
  ...table(
    ({ args: [text] }) =>
      text && { cost: scale(sizeOf(text), stringFactor), size: { min: sizeOf(text).min, max: sizeOf(text).max * 4 } },
    "string_to_bytes",
  ),
  ...table(
    ({ args: [bytes] }) =>
      bytes && {
        cost: scale(sizeOf(bytes), stringFactor),
        size: { min: Math.floor(sizeOf(bytes).min / 4), max: sizeOf(bytes).max },
      },
    "bytes_to_string",
  ),
  ...table(
    ({ args: [text] }) =>
      text && {
        cost: scale(sizeOf(text), stringFactor),
        size: { min: sizeOf(text).min + 2, max: sizeOf(text).max * 2 + 2 },
      },
    "strings_quote",
  ),
  ...table(traversedArgument, "starts_with_string ends_with_string"),
  ...table(({ args: [, list] }) => list && { cost: sizeOf(list) }, "in_list"),
  ...table(
    ({ target, args: [pattern] }) => target && { cost: matching(sizeOf(target), sizeOf(pattern)) },
    "matches_string",
  ),
  ...table(
    ({ target, args: [part] }) =>
      target && { cost: times(scale(sizeOf(target), stringFactor), scale(sizeOf(part), stringFactor)) },
    "contains_string",
  ),
  ...table(
    compared,
    "less_string less_bytes less_equals_string less_equals_bytes greater_string greater_bytes greater_equals_string greater_equals_bytes not_equals",
  ),
  ...table(equal, "equals"),
]);

const literalOr = (node: EstimatedNode | undefined, otherwise: number): number =>
  node?.expr.kind === "literal" && typeof node.expr.value === "bigint" ? Number(node.expr.value) : otherwise;

/** A list is made: `factor` for each of its items. */
const making = (factor: number, size: Range): Estimated => ({
  cost: add(add(scale(size, factor), exactly(1)), exactly(listCost)),
  size,
});

const sorting = (node: EstimatedNode | undefined, of: Type | undefined): Estimated => {
  const size = sizeOf(node);
  return making(of && isText(of) ? 2 + stringFactor : 2, times(size, size));
};

const sortable = ["int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes"];

const byOverload: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  [
    "list_slice",
    ({ target, args: [from, to] }) =>
      making(1, exactly(Math.max(0, literalOr(to, sizeOf(target).max) - literalOr(from, 0)))),
  ],
  ["list_flatten", ({ target }) => making(1, sizeOf(target))],
  ["list_flatten_int", ({ target, args: [depth] }) => making(literalOr(depth, unbounded.max), sizeOf(target))],
  ["lists_range", ({ args: [count] }) => making(1, exactly(literalOr(count, unbounded.max)))],
  ["list_reverse", ({ target }) => making(1, sizeOf(target))],
  ["list_distinct", ({ target }) => making(2, times(sizeOf(target), sizeOf(target)))],
  ...sortable.flatMap((type): [string, Estimate][] => [
    [`list_${type}_sort`, ({ target }) => sorting(target, target?.type.kind === "list" ? target.type.of : undefined)],
    [
      `list_${type}_sortByAssociatedKeys`,
      ({ args: [keys] }) => sorting(keys, keys?.type.kind === "list" ? keys.type.of : undefined),
    ],
  ]),
]);
