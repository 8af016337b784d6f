/**
 * The exact JSON parser: Go's syntax errors, duplicate keys, exact numbers, lone surrogates replaced. It runs only where the
 * engine's parser does not tell enough (see scan.ts).
 */
import { type JsonObject, rawNumber, setKey } from "./raw-json.ts";
import { depthMax } from "./scan.ts";

export class JsonSyntaxError extends Error {
  override readonly name = "JsonSyntaxError";
}

export interface ParsedJson {
  readonly value: unknown;
  /** Keys that came more than once, by the object that holds the last of their values. */
  readonly duplicates: ReadonlyMap<object, ReadonlySet<string>>;
}

/** Parses a text. Throws JsonSyntaxError with the text of Go's encoding/json. */
export function parseExact(text: string): ParsedJson {
  const parser = new Parser(text);
  return { value: parser.document(), duplicates: parser.duplicates };
}

/** A character in an error: Go prints the first byte of it. */
function printCharacter(text: string, at: number): string {
  const point = text.codePointAt(at) ?? 0;
  if (point === 39) return "'\\''";
  if (point === 34) return `'"'`;
  if (point < 0x20 || point === 0x7f) {
    const named = new Map([
      [7, "\\a"],
      [8, "\\b"],
      [9, "\\t"],
      [10, "\\n"],
      [11, "\\v"],
      [12, "\\f"],
      [13, "\\r"],
    ]);
    return `'${named.get(point) ?? `\\x${point.toString(16).padStart(2, "0")}`}'`;
  }
  if (point === 92) return "'\\\\'";
  if (point < 0x80) return `'${String.fromCharCode(point)}'`;
  const byte = Buffer.from(String.fromCodePoint(point))[0] ?? 0;
  return byte < 0xa0 ? `'\\u00${byte.toString(16)}'` : `'${String.fromCharCode(byte)}'`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "\\": "\\",
  "/": "/",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const literals = new Map<string, [text: string, value: unknown]>([
  ["t", ["true", true]],
  ["f", ["false", false]],
  ["n", ["null", null]],
]);

class Parser {
  readonly duplicates = new Map<object, Set<string>>();
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    this.#space();
    const value = this.#value("looking for beginning of value");
    this.#space();
    if (this.#at < this.#text.length) throw this.#unexpected("after top-level value");
    return value;
  }

  #unexpected(where: string): JsonSyntaxError {
    if (this.#at >= this.#text.length) {
      // Go reads one blank past the end, which only an unfinished literal, number or escape refuses.
      const refusesBlank = /^in (literal|numeric|exponent|string escape|\\u)|^after decimal/.test(where);
      return new JsonSyntaxError(refusesBlank ? `invalid character ' ' ${where}` : "unexpected end of JSON input");
    }
    return new JsonSyntaxError(`invalid character ${printCharacter(this.#text, this.#at)} ${where}`);
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #value(where: string): unknown {
    const char = this.#text[this.#at] ?? "";
    if (char === "{") return this.#nested(() => this.#object());
    if (char === "[") return this.#nested(() => this.#list());
    if (char === '"') return this.#string();
    if (char === "-" || (char >= "0" && char <= "9")) return this.#number();
    const literal = literals.get(char);
    if (!literal) throw this.#unexpected(where);
    return this.#literal(...literal);
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > depthMax) {
      throw new JsonSyntaxError(`invalid character ${printCharacter(this.#text, this.#at)} exceeded max depth`);
    }
    this.#at++;
    this.#space();
    const value = read();
    this.#depth--;
    return value;
  }

  #object(): JsonObject {
    const object: JsonObject = {};
    let first = true;
    while (!first || this.#text[this.#at] !== "}") {
      first = false;
      if (this.#text[this.#at] !== '"') throw this.#unexpected("looking for beginning of object key string");
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ":") throw this.#unexpected("after object key");
      this.#at++;
      this.#space();
      if (Object.hasOwn(object, key)) this.#duplicate(object, key);
      setKey(object, key, this.#value("looking for beginning of value"));
      this.#space();
      if (this.#text[this.#at] === "}") break;
      if (this.#text[this.#at] !== ",") throw this.#unexpected("after object key:value pair");
      this.#at++;
      this.#space();
    }
    this.#at++;
    return object;
  }

  #duplicate(object: JsonObject, key: string): void {
    const keys = this.duplicates.get(object);
    if (keys) keys.add(key);
    else this.duplicates.set(object, new Set([key]));
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    while (list.length > 0 || this.#text[this.#at] !== "]") {
      list.push(this.#value("looking for beginning of value"));
      this.#space();
      if (this.#text[this.#at] === "]") break;
      if (this.#text[this.#at] !== ",") throw this.#unexpected("after array element");
      this.#at++;
      this.#space();
    }
    this.#at++;
    return list;
  }

  #string(): string {
    let out = "";
    let start = ++this.#at;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 34) break;
      if (Number.isNaN(code) || code < 32) throw this.#unexpected("in string literal");
      if (code === 92) {
        out += this.#text.slice(start, this.#at) + this.#escape();
        start = this.#at;
      } else this.#at++;
    }
    out += this.#text.slice(start, this.#at);
    this.#at++;
    return out.toWellFormed();
  }

  #escape(): string {
    const char = this.#text[++this.#at] ?? "";
    if (char !== "u") {
      const value = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
      if (value === undefined) throw this.#unexpected("in string escape code");
      this.#at++;
      return value;
    }
    this.#at++;
    for (let i = 0; i < 4; i++, this.#at++) {
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? ""))
        throw this.#unexpected("in \\u hexadecimal character escape");
    }
    return String.fromCharCode(Number.parseInt(this.#text.slice(this.#at - 4, this.#at), 16));
  }

  #digits(where: string): void {
    const isDigit = () => {
      const code = this.#text.charCodeAt(this.#at);
      return code >= 48 && code <= 57;
    };
    if (!isDigit()) throw this.#unexpected(where);
    while (isDigit()) this.#at++;
  }

  #number(): unknown {
    const start = this.#at;
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    let plain = true;
    if (this.#text[this.#at] === ".") {
      plain = false;
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/^[eE]$/.test(this.#text[this.#at] ?? "")) {
      plain = false;
      this.#at++;
      if (/^[+-]$/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
    const text = this.#text.slice(start, this.#at);
    const value = Number(text);
    return plain && Number.isSafeInteger(value) ? value : rawNumber(text);
  }

  #literal(text: string, value: unknown): unknown {
    for (const expected of text) {
      if (this.#text[this.#at] !== expected) {
        throw this.#unexpected(`in literal ${text} (expecting ${expected === "'" ? "'\\''" : `'${expected}'`})`);
      }
      this.#at++;
    }
    return value;
  }
}
