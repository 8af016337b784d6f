/**
 * The JSON paths of CustomResourceDefinitions: `.spec.a['b.c'][0].d`, `[*]`, `..d`, and filters on one field,
 * `.status.conditions[?(@.type=="Ready")].status`. https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
type Step =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly at: number }
  | { readonly kind: "all" }
  | { readonly kind: "anywhere"; readonly name: string }
  | { readonly kind: "filter"; readonly path: readonly Step[]; readonly operator: string; readonly value: unknown };

/** A path that was read once. */
export class JsonPath {
  readonly #steps: readonly Step[];

  /** Throws an Error that says where the text cannot be read. */
  constructor(text: string) {
    this.#steps = parse(text);
  }

  /** Every value that the path leads to. */
  find(root: unknown): unknown[] {
    return walk([root], this.#steps);
  }

  /** The names of a path of members only; undefined for any other. */
  get names(): readonly string[] | undefined {
    const names = this.#steps.map((step) => (step.kind === "member" ? step.name : undefined));
    return names.every((name) => name !== undefined) ? (names as string[]) : undefined;
  }
}

const memberPattern = /^\.?((?:\\.|[^.[\]\\])+)/;
const quotedPattern = /^\[\s*(?:'([^']*)'|"([^"]*)")\s*\]/;
const indexPattern = /^\[\s*(-?\d+)\s*\]/;
const allPattern = /^(?:\[\s*\*\s*\]|\.\*)/;
const anywherePattern = /^\.\.([^.[\]]+)/;
const filterPattern = /^\[\?\(\s*@([^=!<>)]*?)\s*(?:(==|!=|<=|>=|<|>)\s*(.+?))?\s*\)\]/;

function parse(text: string): Step[] {
  let rest = text
    .trim()
    .replace(/^\{(.*)\}$/, "$1")
    .replace(/^\$/, "");
  const steps: Step[] = [];
  if (rest === "." || rest === "") return steps;
  while (rest !== "") {
    const [step, length] = nextStep(rest);
    if (!step) throw new Error(`unrecognized character in action: ${JSON.stringify(rest)}`);
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

function nextStep(text: string): [Step | undefined, number] {
  const all = allPattern.exec(text);
  if (all) return [{ kind: "all" }, all[0].length];
  const anywhere = anywherePattern.exec(text);
  if (anywhere) return [{ kind: "anywhere", name: anywhere[1] ?? "" }, anywhere[0].length];
  const filter = filterPattern.exec(text);
  if (filter) {
    const [whole, path = "", operator = "exists", value = ""] = filter;
    return [{ kind: "filter", path: parse(path), operator, value: literal(value) }, whole.length];
  }
  const index = indexPattern.exec(text);
  if (index) return [{ kind: "index", at: Number(index[1]) }, index[0].length];
  const quoted = quotedPattern.exec(text);
  if (quoted) return [{ kind: "member", name: quoted[1] ?? quoted[2] ?? "" }, quoted[0].length];
  const member = memberPattern.exec(text);
  if (member) return [{ kind: "member", name: (member[1] ?? "").replace(/\\(.)/g, "$1") }, member[0].length];
  return [undefined, 0];
}

function literal(text: string): unknown {
  const quoted = /^(?:'([^']*)'|"([^"]*)")$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2];
  if (text === "true" || text === "false") return text === "true";
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

function walk(values: readonly unknown[], steps: readonly Step[]): unknown[] {
  let found = [...values];
  for (const step of steps) found = found.flatMap((value) => take(value, step));
  return found;
}

function take(value: unknown, step: Step): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  switch (step.kind) {
    case "member":
      return !Array.isArray(value) && Object.hasOwn(value, step.name)
        ? [(value as Record<string, unknown>)[step.name]]
        : [];
    case "index":
      return Array.isArray(value) && value.length > 0 ? [value.at(step.at)].filter((item) => item !== undefined) : [];
    case "all":
      return Object.values(value);
    case "anywhere":
      return [
        ...take(value, { kind: "member", name: step.name }),
        ...Object.values(value).flatMap((item) => take(item, step)),
      ];
    case "filter":
      return (Array.isArray(value) ? value : Object.values(value)).filter((item) => holds(item, step));
  }
}

function holds(item: unknown, { path, operator, value }: Step & { readonly kind: "filter" }): boolean {
  const [found] = walk([item], path);
  if (operator === "exists") return found !== undefined;
  if (found === undefined) return false;
  switch (operator) {
    case "==":
      return found === value;
    case "!=":
      return found !== value;
    default:
      return compare(found as number | string, operator, value as number | string);
  }
}

function compare(a: number | string, operator: string, b: number | string): boolean {
  if (operator === "<") return a < b;
  if (operator === "<=") return a <= b;
  return operator === ">" ? a > b : a >= b;
}
