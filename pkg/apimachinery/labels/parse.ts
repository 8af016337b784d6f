/** Reads the text form of label selectors: `a=b,c in (d,e),!f,g>1`. Errors are upstream's, to the word. */
import { type LabelOperator, type LabelRequirement, requirement } from "./requirement.ts";
import { labelKeyErrors } from "./validate.ts";

type Token = { readonly kind: "word" | "symbol" | "error" | "end"; readonly text: string };

const symbols = new Set([")", ",", "!", "==", "=", ">", "<", "!=", "("]);
const tokenPattern = /[ \t\r\n]*(?:([=!(),><]+)|([^=!(),><\s]+)|$)/y;

/** Longest symbols first, as `==` before `=`; a run such as `=!` gives two. */
function splitSymbols(run: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < run.length; ) {
    const two = run.slice(at, at + 2);
    const text = two.length === 2 && symbols.has(two) ? two : run.slice(at, at + 1);
    tokens.push({ kind: "symbol", text });
    at += text.length;
  }
  return tokens;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  tokenPattern.lastIndex = 0;
  for (;;) {
    const match = tokenPattern.exec(text);
    if (match?.[1] !== undefined) tokens.push(...splitSymbols(match[1]));
    else if (match?.[2] !== undefined) tokens.push({ kind: "word", text: match[2] });
    else break;
  }
  tokens.push({ kind: "end", text: "" });
  return tokens;
}

const end: Token = { kind: "end", text: "" };

class Cursor {
  readonly #tokens: readonly Token[];
  #at = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }
  get next(): Token {
    return this.#tokens[this.#at] ?? end;
  }
  take(): Token {
    const token = this.next;
    this.#at++;
    return token;
  }
}

const isSymbol = (token: Token, text: string): boolean => token.kind === "symbol" && token.text === text;
const found = (token: Token, expected: string): Error => new Error(`found '${token.text}', expected: ${expected}`);

/** Reads all requirements, sorted by key. Throws an Error with upstream's text. */
export function parseRequirements(text: string): LabelRequirement[] {
  const cursor = new Cursor(tokenize(text));
  const out: LabelRequirement[] = [];
  const starts = (token: Token) => token.kind === "word" || isSymbol(token, "!");
  if (cursor.next.kind === "end") return out;
  if (!starts(cursor.next)) throw found(cursor.next, "!, identifier, or 'end of string'");
  for (;;) {
    out.push(parseOne(cursor));
    const separator = cursor.take();
    if (separator.kind === "end") return out.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    if (!isSymbol(separator, ",")) throw found(separator, "',' or 'end of string'");
    if (!starts(cursor.next)) throw found(cursor.next, "identifier after ','");
  }
}

function parseOne(cursor: Cursor): LabelRequirement {
  try {
    return parseRequirement(cursor);
  } catch (cause) {
    throw new Error(`unable to parse requirement: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

function parseRequirement(cursor: Cursor): LabelRequirement {
  const negated = isSymbol(cursor.next, "!");
  if (negated) cursor.take();
  const key = cursor.take();
  if (key.kind !== "word") throw found(key, "identifier");
  const errors = labelKeyErrors(key.text);
  if (errors.length > 0) throw new Error(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${errors.join("; ")}`);
  if (negated) return requirement(key.text, "!", []);
  if (cursor.next.kind === "end" || isSymbol(cursor.next, ",")) return requirement(key.text, "exists", []);
  const operator = parseOperator(cursor.take());
  const values = operator === "in" || operator === "notin" ? parseValues(cursor) : [parseExactValue(cursor)];
  return requirement(key.text, operator, values);
}

const operators = new Map<string, LabelOperator>([
  ["in", "in"],
  ["notin", "notin"],
  ["=", "="],
  ["==", "=="],
  ["!=", "!="],
  [">", "gt"],
  ["<", "lt"],
]);

function parseOperator(token: Token): LabelOperator {
  const operator = operators.get(token.text);
  if (!operator) throw found(token, "in, notin, =, ==, !=, gt, lt");
  return operator;
}

function parseExactValue(cursor: Cursor): string {
  if (cursor.next.kind === "end" || isSymbol(cursor.next, ",")) return "";
  const token = cursor.take();
  if (token.kind !== "word") throw found(token, "identifier");
  return token.text;
}

/** The list after `in` or `notin`; empty places in it are empty values. */
function parseValues(cursor: Cursor): string[] {
  const open = cursor.take();
  if (!isSymbol(open, "(")) throw new Error(`found '${open.text}' expected: '('`);
  if (isSymbol(cursor.next, ")")) {
    cursor.take();
    return [""];
  }
  if (cursor.next.kind !== "word" && !isSymbol(cursor.next, ",")) {
    throw found(cursor.next, "',', ')' or identifier");
  }
  const values: string[] = [];
  for (;;) {
    if (cursor.next.kind === "word") {
      values.push(cursor.take().text);
      if (!isSymbol(cursor.next, ",") && !isSymbol(cursor.next, ")")) throw found(cursor.next, "',' or ')'");
    } else if (isSymbol(cursor.next, ",") || isSymbol(cursor.next, ")")) values.push("");
    else throw found(cursor.next, "',', or identifier");
    if (isSymbol(cursor.take(), ")")) return values;
  }
}
