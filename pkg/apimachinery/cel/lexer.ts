/** Text to tokens. https://github.com/google/cel-spec/blob/master/doc/langdef.md#syntax */
import type { Issue } from "./source.ts";
import { Uint } from "./values.ts";

export type TokenKind = "ident" | "escaped" | "int" | "uint" | "double" | "string" | "bytes" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** As written; of the end `<EOF>`. */
  readonly text: string;
  readonly at: number;
  /** What a literal stands for. */
  readonly value?: bigint | number | string | Uint | Uint8Array;
}

const space = /[\t\n\f\r ]+|\/\/[^\n]*/y;
const number = /0x[0-9a-fA-F]+[uU]?|\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?|\d+[uU]?/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const escapedIdentifier = /`[A-Za-z0-9_.\-/ ]+`/y;
const symbol = /==|!=|<=|>=|&&|\|\||[[\]{}().,\-!?:+*/%<>]/y;
const quote = /[bB]?[rR]?("""|'''|"|')/y;

const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

/** Every token, the end last. What is no token is told and skipped. */
export function tokenize(text: string, issues: Issue[]): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const skipped = match(space);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const token = readText(text, at, match(quote), issues) ?? readOther(at, match, issues);
    if (token) {
      tokens.push(token);
      at += token.text.length;
    } else {
      const unread = text.slice(at, unreadableEnd(text, at));
      issues.push({ at, message: `Syntax error: token recognition error at: '${unread}'` });
      at += unread.length;
    }
  }
  tokens.push({ kind: "end", text: "<EOF>", at });
  return tokens;
}

/** Behind what begins like a token and is none: the character that shows it belongs to the message. */
function unreadableEnd(text: string, at: number): number {
  const first = String.fromCodePoint(text.codePointAt(at) ?? 0);
  if (/[=&|]/.test(first)) return Math.min(text.length, at + 2);
  if (first !== '"' && first !== "'") return at + first.length;
  for (let end = at + 1; end < text.length; end++) {
    if (text[end] === "\n" || text[end] === "\r") return end + 1;
    if (text[end] !== "\\") continue;
    if (!isEscape(text, end)) return Math.min(text.length, end + 2);
    end++;
  }
  return text.length;
}

function isEscape(text: string, at: number): boolean {
  escapeStart.lastIndex = at;
  return escapeStart.test(text);
}

function readOther(at: number, match: (pattern: RegExp) => string | undefined, issues: Issue[]): Token | undefined {
  const digits = match(number);
  if (digits !== undefined) return numberToken(digits, at, issues);
  const word = match(identifier);
  if (word !== undefined) return { kind: "ident", text: word, at };
  const escaped = match(escapedIdentifier);
  if (escaped !== undefined) return { kind: "escaped", text: escaped, at };
  const sign = match(symbol);
  return sign === undefined ? undefined : { kind: "symbol", text: sign, at };
}

function numberToken(text: string, at: number, issues: Issue[]): Token {
  if (/[uU]$/.test(text)) {
    const value = BigInt(text.slice(0, -1));
    if (value > uint64Max) issues.push({ at, message: "invalid uint literal" });
    return { kind: "uint", text, at, value: new Uint(value) };
  }
  if (!text.startsWith("0x") && /[.eE]/.test(text)) {
    const value = Number(text);
    if (!Number.isFinite(value)) issues.push({ at, message: "invalid double literal" });
    return { kind: "double", text, at, value };
  }
  const value = BigInt(text);
  // One more than the largest: the parser decides, for it may be negated.
  if (value > int64Max + 1n) issues.push({ at, message: "invalid int literal" });
  return { kind: "int", text, at, value };
}

function readText(text: string, at: number, opening: string | undefined, issues: Issue[]): Token | undefined {
  if (opening === undefined) return undefined;
  const isBytes = /^[bB]/.test(opening);
  const isRaw = /[rR]/.test(opening);
  const mark = opening.endsWith('"""') || opening.endsWith("'''") ? opening.slice(-3) : opening.slice(-1);
  const start = at + opening.length;
  const end = closingOf(text, start, mark, isRaw);
  if (end === undefined) return undefined;
  const body = text.slice(start, end);
  const whole = text.slice(at, end + mark.length);
  const decoded = isRaw ? body : unescaped(body, isBytes);
  if (typeof decoded === "object") {
    issues.push({ at, message: decoded.error });
    return { kind: isBytes ? "bytes" : "string", text: whole, at, value: isBytes ? new Uint8Array() : "" };
  }
  if (!isBytes) return { kind: "string", text: whole, at, value: decoded };
  return { kind: "bytes", text: whole, at, value: isRaw ? Buffer.from(decoded) : bytesOf(decoded) };
}

function closingOf(text: string, start: number, mark: string, isRaw: boolean): number | undefined {
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\" && !isRaw) {
      if (!isEscape(text, at)) return undefined;
      at++;
    } else if (text.startsWith(mark, at)) return at;
    else if (mark.length === 1 && (text[at] === "\n" || text[at] === "\r")) return undefined;
  }
  return undefined;
}

const simple: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  '"': '"',
  "'": "'",
  "\\": "\\",
  "?": "?",
  "`": "`",
};

const escapeStart = /\\(?:[abfnrtv"'\\?`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})/y;

/** A byte of a bytes literal, kept apart from characters until all are encoded. */
const byteBase = 0xf0000;
const escapePattern =
  /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|(.))/gsu;

function unescaped(body: string, isBytes: boolean): string | { readonly error: string } {
  let error: string | undefined;
  const code = (value: number): string => {
    if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) {
      error = "invalid unicode code point";
      return "";
    }
    return String.fromCodePoint(value);
  };
  const byte = (value: number): string => (isBytes ? String.fromCodePoint(byteBase + value) : code(value));
  const out = body.replace(escapePattern, (_, x, upperX, u, upperU, octal, char: string | undefined) => {
    if (x ?? upperX) return byte(Number.parseInt(x ?? upperX, 16));
    if (octal) return byte(Number.parseInt(octal, 8));
    if (u ?? upperU) return code(Number.parseInt(u ?? upperU, 16));
    if (char !== undefined && Object.hasOwn(simple, char)) return simple[char] as string;
    error = "unable to unescape string";
    return "";
  });
  return error === undefined ? out : { error };
}

function bytesOf(text: string): Uint8Array {
  const parts: number[] = [];
  for (const char of text) {
    const point = char.codePointAt(0) ?? 0;
    if (point >= byteBase && point < byteBase + 256) parts.push(point - byteBase);
    else parts.push(...Buffer.from(char));
  }
  return Uint8Array.from(parts);
}
