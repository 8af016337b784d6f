/** Tokens to trees, by recursive descent. Messages are worded as clients of other implementations know them. */
import type { Expr, MapEntry, StructLiteral } from "./ast.ts";
import { type Token, tokenize } from "./lexer.ts";
import { expandMacro, type MacroOptions } from "./macros.ts";
import { CompileError, type Issue } from "./source.ts";

/** Nesting beyond this is refused, as upstream does: the parser and all who walk the tree recurse. */
const depthMax = 250;
const codePointsMax = 100_000;

const operand =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

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
    return token;
  }

  #is(...symbols: string[]): boolean {
    const { kind, text } = this.#peek;
    return kind === "symbol" && symbols.includes(text);
  }

  #take(symbol: string): Token | undefined {
    return this.#is(symbol) ? this.#next() : undefined;
  }

  #expect(symbol: string): Token {
    const token = this.#take(symbol);
    if (token) return token;
    const { kind, text } = this.#peek;
    this.#fail(
      kind === "end"
        ? `Syntax error: missing '${symbol}' at '<EOF>'`
        : `Syntax error: mismatched input '${text}' expecting '${symbol}'`,
    );
  }

  #fail(message: string, { at }: { readonly at: number } = this.#peek): never {
    this.#issues.push({ at, message });
    throw new SyntaxFailure();
  }

  #expr(): Expr {
    if (++this.#depth > depthMax) {
      this.#fail(`expression recursion limit exceeded: ${depthMax}`);
    }
    const condition = this.#logical("||");
    const question = this.#take("?");
    let out = condition;
    if (question) {
      const yes = this.#logical("||");
      this.#expect(":");
      out = call("_?_:_", question.at, condition, yes, this.#expr());
    }
    this.#depth--;
    return out;
  }

  /** Long chains become balanced trees, so that their depth stays small. */
  #logical(operator: "||" | "&&"): Expr {
    const below = (): Expr => (operator === "||" ? this.#logical("&&") : this.#binary(0));
    const terms = [below()];
    const places: number[] = [];
    for (let token = this.#take(operator); token; token = this.#take(operator)) {
      places.push(token.at);
      terms.push(below());
    }
    return balance(operator === "||" ? "_||_" : "_&&_", terms, places);
  }

  #binary(level: number): Expr {
    if (level === levels.length) return this.#unary();
    const operators = levels[level] as ReadonlyMap<string, string>;
    let left = this.#binary(level + 1);
    for (;;) {
      const { kind, text, at } = this.#peek;
      const name = kind === "symbol" || (kind === "ident" && text === "in") ? operators.get(text) : undefined;
      if (name === undefined) return left;
      this.#next();
      left = call(name, at, left, this.#binary(level + 1));
    }
  }

  #unary(): Expr {
    const { text: sign } = this.#peek;
    if (!this.#is("!", "-")) return this.#member(this.#primary());
    const signs: Token[] = [];
    while (this.#is(sign)) signs.push(this.#next());
    const { kind } = this.#peek;
    const last = signs.at(-1) as Token;
    // A minus before a number belongs to it.
    if (sign === "-" && (kind === "int" || kind === "double")) {
      signs.pop();
      const literal = this.#numberAfterMinus(last);
      if (signs.length % 2 === 0) return this.#member(literal);
      return call("-_", (signs[0] as Token).at, this.#member(literal));
    }
    const value = this.#member(this.#primary());
    if (signs.length % 2 === 0) return value;
    return call(sign === "!" ? "!_" : "-_", (signs[0] as Token).at, value);
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
        const index = this.#expr();
        this.#expect("]");
        value = call(optional ? "_[?_]" : "_[_]", bracket.at, value, index);
      } else return value;
    }
  }

  #selection(operandOf: Expr, dot: Token): Expr {
    const optional = this.#take("?") !== undefined;
    const token = this.#next();
    if (token.kind !== "ident" && token.kind !== "escaped")
      this.#fail("Syntax error: no viable alternative at input '.'", token);
    if (token.kind === "ident" && keywords.has(token.text))
      this.#fail(`Syntax error: mismatched input '${token.text}' expecting IDENTIFIER`, token);
    const name = token.kind === "escaped" ? token.text.slice(1, -1) : token.text;
    if (optional) return call("_?._", dot.at, operandOf, { kind: "literal", value: name, at: token.at });
    const open = token.kind === "ident" ? this.#take("(") : undefined;
    if (!open) return { kind: "select", operand: operandOf, field: name, testOnly: false, at: dot.at };
    return this.#call(name, open, operandOf);
  }

  #call(name: string, open: Token, target?: Expr): Expr {
    const args = this.#list(")", () => this.#expr());
    this.#expect(")");
    const made = { function: name, args, at: open.at, ...(target ? { target } : {}) };
    return expandMacro(made, this.#issues, this.#options) ?? { kind: "call", ...made };
  }

  /** Items up to the closing symbol, which stays. */
  #list<T>(close: string, read: () => T): T[] {
    const items: T[] = [];
    if (this.#is(close)) return items;
    do items.push(read());
    while (this.#take(",") && !this.#is(close));
    return items;
  }

  #primary(): Expr {
    const token = this.#peek;
    switch (token.kind) {
      case "int":
        this.#next();
        if ((token.value as bigint) > int64Max) this.#issues.push({ at: token.at, message: "invalid int literal" });
        return { kind: "literal", value: token.value as bigint, at: token.at };
      case "uint":
      case "double":
      case "string":
      case "bytes":
        this.#next();
        return { kind: "literal", value: token.value as string, at: token.at };
      case "ident":
        return this.#name("");
      case "symbol":
        return this.#bracketed(token);
      default:
        return this.#fail(`Syntax error: mismatched input '${token.text}' expecting ${operand}`);
    }
  }

  #bracketed(token: Token): Expr {
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
    const { text, kind } = this.#peek;
    return this.#fail(
      `Syntax error: ${kind === "symbol" ? "extraneous" : "mismatched"} input '${text}' expecting ${operand}`,
    );
  }

  #name(prefix: string): Expr {
    const token = this.#next();
    const { text, at } = token;
    if (prefix === "" && keywords.has(text) && text !== "in") {
      return { kind: "literal", value: text === "null" ? null : text === "true", at };
    }
    if (text === "in") this.#fail(`Syntax error: mismatched input 'in' expecting ${operand}`, token);
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
    this.#expect("}");
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
    const colon = this.#expect(":");
    const name = token.kind === "escaped" ? token.text.slice(1, -1) : token.text;
    return { name, value: this.#expr(), optional, at: colon.at };
  }

  #listLiteral({ at }: Token): Expr {
    const optional = new Set<number>();
    const elements: Expr[] = [];
    this.#list("]", () => {
      if (this.#take("?")) optional.add(elements.length);
      elements.push(this.#expr());
    });
    this.#expect("]");
    return { kind: "list", elements, optional, at };
  }

  #mapLiteral({ at }: Token): Expr {
    const entries = this.#list("}", (): MapEntry => {
      const optional = this.#take("?") !== undefined;
      const key = this.#expr();
      const colon = this.#expect(":");
      return { key, value: this.#expr(), optional, at: colon.at };
    });
    this.#expect("}");
    return { kind: "map", entries, at };
  }
}

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
