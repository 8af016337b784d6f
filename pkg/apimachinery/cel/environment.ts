/** What expressions may say: their variables with types, and the functions of the libraries. */
import type { Expr } from "./ast.ts";
import { type Checked, checkTree } from "./checker.ts";
import { CostMeter } from "./cost.ts";
import { type Code, compileTree } from "./evaluate.ts";
import type { Library, Overload } from "./functions.ts";
import { addresses } from "./library/addresses.ts";
import { formats } from "./library/formats.ts";
import { lists } from "./library/lists.ts";
import { quantities } from "./library/quantities.ts";
import { regexps } from "./library/regexps.ts";
import { semvers } from "./library/semvers.ts";
import { standard } from "./library/standard.ts";
import { strings } from "./library/strings.ts";
import { urls } from "./library/urls.ts";
import { literalIssues } from "./literals.ts";
import type { MacroOptions } from "./macros.ts";
import { parseExpression } from "./parser.ts";
import { CompileError } from "./source.ts";
import { dyn, listOf, mapOf, opaque, runtimeName, scalar, type Type } from "./types.ts";
import { TypeValue, type Value } from "./values.ts";

/** What every expression of Kubernetes 1.35 may call. */
const kubernetes: Library = [
  ...standard,
  ...strings,
  ...lists,
  ...regexps,
  ...urls,
  ...quantities,
  ...addresses,
  ...formats,
  ...semvers,
];

const byName = (library: Library): Map<string, Overload[]> => Map.groupBy(library, (one) => one.function);

let base: Map<string, Overload[]> | undefined;

/** Names of types are values too: `type(x) == string`. */
const typeNames: ReadonlyMap<string, Type> = new Map(
  [
    ...(["bool", "int", "uint", "double", "string", "bytes", "null", "timestamp", "duration"] as const).map(scalar),
    listOf(dyn),
    mapOf(dyn, dyn),
    { kind: "type" } as const,
    ...["net.IP", "net.CIDR", "kubernetes.URL", "kubernetes.Quantity", "kubernetes.Semver", "optional_type"].map(
      (name) => opaque(name),
    ),
  ].map((type) => [runtimeName(type), type]),
);

/** The most that one expression may spend, as upstream bounds it. */
export const perCallLimit = 1_000_000;

export interface EnvironmentOptions extends MacroOptions {
  readonly variables: Readonly<Record<string, Type>>;
  /** Beyond those that every expression has. */
  readonly libraries?: readonly Library[];
}

export class Environment {
  readonly #variables: ReadonlyMap<string, Type>;
  readonly #functions: ReadonlyMap<string, readonly Overload[]>;
  readonly #macros: MacroOptions;

  constructor({ variables, libraries = [], ...macros }: EnvironmentOptions) {
    this.#macros = macros;
    base ??= byName(kubernetes);
    this.#variables = new Map(Object.entries(variables));
    this.#functions = libraries.length === 0 ? base : byName([...kubernetes, ...libraries.flat()]);
  }

  /** Throws CompileError. */
  compile(text: string): Program {
    const tree = parseExpression(text, this.#macros);
    const checked = checkTree(tree, {
      variable: (name) => this.#variables.get(name) ?? typeOfName(name),
      overloads: (name) => this.#functions.get(name),
    });
    const issues = checked.issues.length > 0 ? checked.issues : literalIssues(checked);
    if (issues.length > 0) throw new CompileError(text, issues);
    return new Program(checked);
  }
}

export const isTypeName = (name: string): boolean => typeNames.has(name);

function typeOfName(name: string): Type | undefined {
  const type = typeNames.get(name);
  return type && { kind: "type", of: type };
}

const typeValues: Readonly<Record<string, Value>> = Object.fromEntries(
  [...typeNames].map(([name, type]) => [name, new TypeValue(type)]),
);

/** A compiled expression. */
export class Program {
  readonly checked: Checked;
  #code: Code | undefined;

  constructor(checked: Checked) {
    this.checked = checked;
  }

  get root(): Expr {
    return this.checked.root;
  }

  /** What it evaluates to. */
  get type(): Type {
    return this.checked.types.get(this.root) as Type;
  }

  /** Whether it reads this variable. */
  reads(name: string): boolean {
    return this.checked.variables.has(name);
  }

  /** Throws CelError where it fails on these values, CostLimitError where it spends more than the meter allows. */
  evaluate(variables: Readonly<Record<string, Value>>, meter: CostMeter = new CostMeter(perCallLimit)): Value {
    this.#code ??= compileTree(this.checked);
    return this.#code({ variables: { ...typeValues, ...variables }, slots: [], meter });
  }
}
