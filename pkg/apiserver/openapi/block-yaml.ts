/**
 * YAML as clients of upstream get it inside of protobuf: blocks indented by four, text without quotes where it needs none.
 * Any JSON value becomes a text that reads as the same value.
 */
import { isRawNumber } from "#pkg/apimachinery/codec/index.ts";

const indentation = 4;
/** A longer key cannot stand before a colon. */
const keyBytesMax = 128;

/** With a line break at its end. Members keep their order. */
export function blockYaml(value: unknown): string {
  if (isLiteral(value, 0, indentation)) return `${literal(value, indentation)}\n`;
  return isBlock(value) ? `${linesOf(value, 0).join("\n")}\n` : `${inline(value)}\n`;
}

type Block = readonly unknown[] | Readonly<Record<string, unknown>>;

const isNested = (value: unknown): value is Block => typeof value === "object" && value !== null && !isRawNumber(value);

/** An empty list or object, and one that blocks cannot hold, stands in a line. */
const isBlock = (value: unknown): value is Block => {
  if (!isNested(value)) return false;
  if (Array.isArray(value)) return value.length > 0;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => Buffer.byteLength(key) <= keyBytesMax && !hasBreak.test(key));
};

const deeper = (indent: number): number => indentation * Math.floor((indent + indentation) / indentation);

/** The first line is not indented: it may stand behind the dash of a list. */
function linesOf(value: Block, indent: number): string[] {
  const lines = Array.isArray(value)
    ? value.map((item) => entry("-", item, { indent, inside: indent + 2, isItem: true }))
    : Object.entries(value).map(([key, member]) =>
        entry(`${text(key)}:`, member, { indent, inside: deeper(indent), isItem: false }),
      );
  return lines.map((line, i) => (i === 0 ? line : " ".repeat(indent) + line));
}

interface Place {
  readonly indent: number;
  /** Of what the value holds. */
  readonly inside: number;
  readonly isItem: boolean;
}

function entry(head: string, value: unknown, { indent, inside, isItem }: Place): string {
  if (isLiteral(value, indent, inside)) return `${head} ${literal(value, inside)}`;
  if (!isBlock(value)) return `${head} ${inline(value)}`;
  const lines = linesOf(value, inside).join("\n");
  return isItem ? `${head} ${lines}` : `${head}\n${" ".repeat(inside)}${lines}`;
}

/** In one line: a scalar, or what only JSON can say, which is YAML too. */
const inline = (value: unknown): string => (typeof value === "string" ? text(value) : JSON.stringify(value));

/** What ends a line in YAML. */
const hasBreak = /[\n\r\x85\u2028\u2029]/;
/** Cannot stand in a text without an escape. Pairs of surrogates are escaped, as upstream does. */
const needsEscape = /[^\n\t\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;

/** A text of lines as they are, below a bar. Where the first begins with white space, the indentation must be told. */
const isLiteral = (value: unknown, indent: number, inside: number): value is string =>
  typeof value === "string" &&
  value.includes("\n") &&
  !needsEscape.test(value) &&
  !/ \n| $/.test(value) &&
  (inside - indent === indentation || !/^[ \n]/.test(value));

function literal(value: string, indent: number): string {
  const hint = /^[ \n]/.test(value) ? String(indentation) : "";
  const chomp = !value.endsWith("\n") ? "-" : value === "\n" || value.endsWith("\n\n") ? "+" : "";
  const lines = value.replace(/\n$/, "").split("\n");
  return `|${hint}${chomp}\n${lines.map((line) => (line === "" ? "" : " ".repeat(indent) + line)).join("\n")}`;
}

function text(value: string): string {
  if (isOtherValue(value) || /[\t\n]/.test(value) || needsEscape.test(value)) return doubleQuoted(value);
  return isPlain(value) ? value : `'${value.replaceAll("'", "''")}'`;
}

/** Characters that begin something else, or end a text within. */
const isPlain = (value: string): boolean =>
  !/^(?:[#,[\]{}&*!|>'"%@`]|---|\.\.\.|[-?:](?: |$)| )|: |:$| #| $/.test(value);

const named = /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|<<|)$/;
const number =
  /^(?:[-+]?(?:\.[\d_]+|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?|[-+]?0[xX][\da-fA-F_]+|[-+]?0[bB][01_]+|[-+]?0[oO][0-7_]+)$/;
const time = /^\d{4}-\d\d?-\d\d?(?:[Tt ]\d\d?:\d\d?:\d\d?(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)?)?$/;

/** Without quotes it would be read as something else than a text. */
const isOtherValue = (value: string): boolean => named.test(value) || number.test(value) || time.test(value);

const escapes: Readonly<Record<string, string>> = {
  "\0": "0",
  "\x07": "a",
  "\b": "b",
  "\t": "t",
  "\n": "n",
  "\v": "v",
  "\f": "f",
  "\r": "r",
  "\x1b": "e",
  '"': '"',
  "\\": "\\",
  "\x85": "N",
  "\u2028": "L",
  "\u2029": "P",
};

function doubleQuoted(value: string): string {
  const escaped = Array.from(value, (character) =>
    character === '"' || character === "\\" || /[\t\n]/.test(character) || needsEscape.test(character)
      ? `\\${escapes[character] ?? coded(character.codePointAt(0) as number)}`
      : character,
  );
  return `"${escaped.join("")}"`;
}

function coded(point: number): string {
  const [letter, digits] = point <= 0xff ? ["x", 2] : point <= 0xffff ? ["u", 4] : ["U", 8];
  return `${letter}${point.toString(16).toUpperCase().padStart(Number(digits), "0")}`;
}
