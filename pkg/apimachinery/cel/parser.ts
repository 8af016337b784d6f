/** Tokens to trees, by recursive descent. Messages are worded as clients of other implementations know them. */
import type { Expr, MapEntry, StructLiteral } from "./ast.ts";
import { type Token, tokenize } from "./lexer.ts";
import { expandMacro, type MacroOptions } from "./macros.ts";
import { CompileError, type Issue } from "./source.ts";

/** Nesting beyond this is refused, as upstream does: the parser and all who walk the tree recurse. */
const depthMax = 250;
const codePointsMax = 100_000;

/** Where an operand is missing: what else could stand there. */
type Others = "" | ")" | "?" | "],?" | "},?";

/** In the order that messages list them in. */
const operandStarts = "[ { ( . - ! true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER".split(" ");
const listedStarts = "[ ] { } ( ) . , - ! ? true false null NUM_FLOAT NUM_INT NUM_UINT STRING BYTES IDENTIFIER".split(
  " ",
);

const expectedOperand = (others: Others): string => {
  const shown = listedStarts
    .filter((one) => operandStarts.includes(one) || others.includes(one))
    .map((one) => (/[A-Z]/.test(one) ? one : `'${one}'`));
  return `{${shown.join(", ")}}`;
};

const reserved = new Set(
  "as break const continue else false for function if import in let loop package namespace null return true var void while".split(
    " ",
  ),
);
const keywords = new Set(["in", "true", "false", "null"]);

/** Throws CompileError. */
export function parseExpression(text: string, options: MacroOptions = {}): Expr {
  if (text.length > codePointsMax) {
    const message = `expression code point size exceeds limit: size: ${[...text].length}, limit ${codePointsMax}`;
    throw new CompileError(text, [{ at: 0, message }]);
  }
  const issues: Issue[] = [];
  const tokens = tokenize(text, issues);
  const parser = new Parser(tokens, issues, options);
  const tree = parser.whole();
  if (!tree || issues.length > 0) throw new CompileError(text, issues);
  return tree;
}

class SyntaxFailure extends Error {}

const int64Max = 2n ** 63n - 1n;

class Parser {
  readonly #tokens: readonly Token[];
  readonly #issues: Issue[];
  readonly #options: MacroOptions;
  #at = 0;
  #depth = 0;
  /** An error was told and nothing was understood since: more of the same would only repeat it. */
  #lost = false;

  constructor(tokens: readonly Token[], issues: Issue[], options: MacroOptions) {
    this.#tokens = tokens;
    this.#issues = issues;
    this.#options = options;
  }

  whole(): Expr | undefined {
    try {
      const tree = this.#expr();
      if (this.#peek.kind !== "end") {
        const next = this.#tokens[this.#at + 1];
        this.#fail(
          `Syntax error: ${next?.kind === "end" ? "extraneous" : "mismatched"} input '${this.#peek.text}' expecting <EOF>`,
        );
      }
      return tree;
    } catch (error) {
      if (error instanceof SyntaxFailure) return undefined;
      throw error;
    }
  }

  get #peek(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #next(): Token {
    const token = this.#peek;
    if (token.kind !== "end") this.#at++;
    this.#lost = false;
    return token;
  }

  #is(...symbols: string[]): boolean {
    const { kind, text } = this.#peek;
    return kind === "symbol" && symbols.includes(text);
  }

  #take(symbol: string): Token | undefined {
    return this.#is(symbol) ? this.#next() : undefined;
  }

  /** `expected`: how a message lists what could stand there, where that is more than the symbol. */
  #expect(symbol: string, expected?: string): Token {
    const token = this.#take(symbol);
    if (token) return token;
    const { kind, text } = this.#peek;
    const isMissing = kind === "end" && expected === undefined;
    this.#fail(
      isMissing
        ? `Syntax error: missing '${symbol}' at '<EOF>'`
        : `Syntax error: mismatched input '${text}' expecting ${expected ?? `'${symbol}'`}`,
    );
  }

  #report(message: string, { at }: { readonly at: number } = this.#peek): void {
    if (!this.#lost) this.#issues.push({ at, message });
    this.#lost = true;
  }

  #fail(message: string, token?: { readonly at: number }): never {
    this.#report(message, token);
    throw new SyntaxFailure();
  }

  #expr(others: Others = ""): Expr {
    if (++this.#depth > depthMax) {
      this.#fail(`expression recursion limit exceeded: ${depthMax}`);
    }
    const condition = this.#logical("||", others);
    const question = this.#take("?");
    let out = condition;
    if (question) {
      const yes = this.#logical("||");
      this.#expect(":", "':'");
      out = call("_?_:_", question.at, condition, yes, this.#expr());
    }
    this.#depth--;
    return out;
  }

  /** Long chains become balanced trees, so that their depth stays small. */
  #logical(operator: "||" | "&&", others: Others = ""): Expr {
    const below = (first: Others = ""): Expr =>
      operator === "||" ? this.#logical("&&", first) : this.#binary(0, first);
    const terms = [below(others)];
    const places: number[] = [];
    for (let token = this.#take(operator); token; token = this.#take(operator)) {
      places.push(token.at);
      terms.push(below());
    }
    return balance(operator === "||" ? "_||_" : "_&&_", terms, places);
  }

  #binary(level: number, others: Others = ""): Expr {
    if (level === levels.length) return this.#unary(others);
    const operators = levels[level] as ReadonlyMap<string, string>;
    let left = this.#binary(level + 1, others);
    for (;;) {
      const { kind, text, at } = this.#peek;
      const name = kind === "symbol" || (kind === "ident" && text === "in") ? operators.get(text) : undefined;
      if (name === undefined) return left;
      this.#next();
      left = call(name, at, left, this.#binary(level + 1));
    }
  }

  #unary(others: Others): Expr {
    const { text: sign } = this.#peek;
    if (!this.#is("!", "-")) return this.#member(this.#primary(others));
    const signs: Token[] = [];
    while (this.#is(sign)) signs.push(this.#next());
    const { kind } = this.#peek;
    const last = signs.at(-1) as Token;
    if (kind === "end") this.#failAfterSign(sign);
    // A minus before a number belongs to it.
    if (sign === "-" && (kind === "int" || kind === "double")) {
      signs.pop();
      const literal = this.#numberAfterMinus(last);
      if (signs.length % 2 === 0) return this.#member(literal);
      return call("-_", (signs[0] as Token).at, this.#member(literal));
    }
    const value = this.#member(this.#primary(""));
    if (signs.length % 2 === 0) return value;
    return call(sign === "!" ? "!_" : "-_", (signs[0] as Token).at, value);
  }

  #failAfterSign(sign: string): never {
    const missing = `input '<EOF>' expecting ${expectedOperand("")}`;
    if (sign === "!") this.#fail(`Syntax error: extraneous ${missing}`);
    this.#issues.push({ at: this.#peek.at, message: "Syntax error: no viable alternative at input '-'" });
    this.#fail(`Syntax error: mismatched ${missing}`);
  }

  #numberAfterMinus(minus: Token): Expr {
    const { value } = this.#next();
    return { kind: "literal", value: typeof value === "bigint" ? -value : -(value as number), at: minus.at };
  }

  #member(first: Expr): Expr {
    let value = first;
    for (;;) {
      const dot = this.#take(".");
      const bracket = dot ? undefined : this.#take("[");
      if (dot) value = this.#selection(value, dot);
      else if (bracket) {
        const optional = this.#take("?") !== undefined;
        const index = this.#expr(optional ? "" : "?");
        this.#expect("]");
        value = call(optional ? "_[?_]" : "_[_]", bracket.at, value, index);
      } else return value;
    }
  }

  #selection(operandOf: Expr, dot: Token): Expr {
    const optional = this.#take("?") !== undefined;
    const token = this.#peek;
    if (!isName(token)) {
      if (optional) this.#failOptional(token);
      this.#report(`Syntax error: no viable alternative at input '.${token.kind === "end" ? "" : token.text}'`, token);
      // `in` may still be the operator.
      if (token.text !== "in") throw new SyntaxFailure();
      return operandOf;
    }
    this.#next();
    const name = this.#nameOf(token);
    if (optional) return call("_?._", dot.at, operandOf, { kind: "literal", value: name, at: token.at });
    const open = token.kind === "ident" ? this.#take("(") : undefined;
    if (!open) return { kind: "select", operand: operandOf, field: name, testOnly: false, at: dot.at };
    return this.#call(name, open, operandOf);
  }

  #failOptional(token: Token): never {
    const { at, text } = token;
    this.#issues.push({
      at,
      message: `Syntax error: mismatched input '${text}' expecting {IDENTIFIER, ESC_IDENTIFIER}`,
    });
    this.#issues.push({ at, message: "unsupported ident kind" });
    throw new SyntaxFailure();
  }

  /** Names in backticks are known, and not allowed. */
  #nameOf({ kind, text, at }: Token): string {
    if (kind !== "escaped") return text;
    this.#issues.push({ at, message: "unsupported syntax: '`'" });
    return text.slice(1, -1);
  }

  #call(name: string, open: Token, target?: Expr): Expr {
    const args: Expr[] = [];
    if (!this.#is(")")) {
      do args.push(this.#expr(args.length === 0 ? ")" : ""));
      while (this.#take(","));
    }
    this.#expect(")");
    const made = { function: name, args, at: open.at, ...(target ? { target } : {}) };
    return expandMacro(made, this.#issues, this.#options) ?? { kind: "call", ...made };
  }

  /** Items up to the closing symbol, which stays; a comma may stand after the last, or instead of any. */
  #list<T>(close: "]" | "}", read: (others: Others) => T): T[] {
    const items: T[] = [];
    if (this.#is(",") && this.#tokens[this.#at + 1]?.text === close) this.#next();
    if (!this.#is(close)) {
      let others: Others = `${close},?`;
      do {
        items.push(read(others));
        others = "";
        if (!this.#is(",")) break;
        this.#next();
      } while (this.#startsOperand(this.#peek) || this.#is("?"));
    }
    return items;
  }

  #close(close: "]" | "}"): void {
    const before = this.#tokens[this.#at - 1];
    this.#expect(close, before?.text === "," && before.kind === "symbol" ? undefined : `{'${close}', ','}`);
  }

  #startsOperand({ kind, text }: Token): boolean {
    if (kind === "symbol") return operandStarts.includes(text);
    return kind !== "end" && text !== "in";
  }

  #primary(others: Others): Expr {
    const token = this.#peek;
    switch (token.kind) {
      case "int":
        this.#next();
        if (token.value === int64Max + 1n) this.#issues.push({ at: token.at, message: "invalid int literal" });
        return { kind: "literal", value: token.value as bigint, at: token.at };
      case "uint":
      case "double":
      case "string":
      case "bytes":
        this.#next();
        return { kind: "literal", value: token.value as string, at: token.at };
      case "ident":
        return token.text === "in" ? this.#noOperand(token, others) : this.#name("");
      case "symbol":
        return this.#bracketed(token, others);
      default:
        return this.#noOperand(token, others);
    }
  }

  /** What stands there is left out when an operand follows it; otherwise it is read as what comes after the operand. */
  #noOperand(token: Token, others: Others): Expr {
    const next = this.#tokens[this.#at + 1];
    const found = `input '${token.text}' expecting ${expectedOperand(others)}`;
    const isExtra =
      token.kind !== "end" && next && (this.#startsOperand(next) || (others === ")" && next.text === ")"));
    if (isExtra) {
      this.#report(`Syntax error: extraneous ${found}`);
      this.#next();
      if (this.#startsOperand(this.#peek)) return this.#primary("");
      return { kind: "literal", value: null, at: token.at };
    }
    this.#report(`Syntax error: mismatched ${found}`);
    if (token.kind === "end") throw new SyntaxFailure();
    return { kind: "literal", value: null, at: token.at };
  }

  #bracketed(token: Token, others: Others): Expr {
    switch (token.text) {
      case "(": {
        this.#next();
        const inner = this.#expr();
        this.#expect(")");
        return inner;
      }
      case "[":
        this.#next();
        return this.#listLiteral(token);
      case "{":
        this.#next();
        return this.#mapLiteral(token);
      case ".":
        this.#next();
        if (this.#peek.kind === "ident") return this.#name(".");
        return this.#fail(`Syntax error: no viable alternative at input '.${this.#peek.text}'`);
    }
    return this.#noOperand(token, others);
  }

  #name(prefix: string): Expr {
    const token = this.#next();
    const { text, at } = token;
    if (prefix === "" && keywords.has(text)) {
      return { kind: "literal", value: text === "null" ? null : text === "true", at };
    }
    if (reserved.has(text)) this.#fail(`reserved identifier: ${text}`, token);
    const open = this.#take("(");
    if (open) return this.#call(text, open);
    return this.#structLiteral(token) ?? { kind: "ident", name: text, at };
  }

  /** `a.b.C{…}`; undefined (and nothing taken) when it is none. */
  #structLiteral(first: Token): Expr | undefined {
    let end = this.#at;
    let name = first.text;
    while (this.#tokens[end]?.text === "." && this.#tokens[end + 1]?.kind === "ident") {
      name += `.${this.#tokens[end + 1]?.text}`;
      end += 2;
    }
    const open = this.#tokens[end];
    if (open?.text !== "{" || open.kind !== "symbol") return undefined;
    this.#at = end + 1;
    const fields = this.#list("}", () => this.#field());
    this.#close("}");
    return { kind: "struct", typeName: name, fields, at: open.at };
  }

  #field(): StructLiteral["fields"][number] {
    const optional = this.#take("?") !== undefined;
    const token = this.#next();
    if (token.kind !== "ident" && token.kind !== "escaped") {
      this.#fail(
        `Syntax error: mismatched input '${token.text}' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}`,
        token,
      );
    }
    const colon = this.#expect(":", "':'");
    const name = this.#nameOf(token);
    return { name, value: this.#expr(), optional, at: colon.at };
  }

  #listLiteral({ at }: Token): Expr {
    const optional = new Set<number>();
    const elements: Expr[] = [];
    this.#list("]", (others) => {
      if (this.#take("?")) optional.add(elements.length);
      elements.push(this.#expr(others));
    });
    this.#close("]");
    return { kind: "list", elements, optional, at };
  }

  #mapLiteral({ at }: Token): Expr {
    const entries = this.#list("}", (others): MapEntry => {
      const optional = this.#take("?") !== undefined;
      const key = this.#expr(others);
      const colon = this.#expect(":", "':'");
      return { key, value: this.#expr(), optional, at: colon.at };
    });
    this.#close("}");
    return { kind: "map", entries, at };
  }
}

/** Words of the language are no names of members. */
const isName = ({ kind, text }: Token): boolean => kind === "escaped" || (kind === "ident" && !keywords.has(text));

const operators = (names: string): ReadonlyMap<string, string> =>
  new Map(names.split(" ").map((name) => [name, name === "in" ? "@in" : `_${name}_`]));

/** Loosest first. */
const levels = [operators("< <= >= > == != in"), operators("+ -"), operators("* / %")];

function call(name: string, at: number, ...args: Expr[]): Expr {
  return { kind: "call", function: name, args, at };
}

function balance(name: string, terms: readonly Expr[], places: readonly number[]): Expr {
  if (terms.length === 1) return terms[0] as Expr;
  const middle = Math.ceil(terms.length / 2);
  const left = balance(name, terms.slice(0, middle), places.slice(0, middle - 1));
  const right = balance(name, terms.slice(middle), places.slice(middle));
  return call(name, places[middle - 1] as number, left, right);
}
