/** Texts: the strings extension in the version that Kubernetes offers. Positions count characters. */
import { CostLimitError } from "../cost.ts";
import { type Library, overload } from "../functions.ts";
import { CelError, ListValue, type Value } from "../values.ts";
import { formatText } from "./format-text.ts";

/** Results beyond this cost more than any expression may spend: they are not even made. */
const lengthMax = 10_000_000;

export function ensureLength(length: number): void {
  if (length > lengthMax) throw new CostLimitError();
}

const outOfRange = (at: bigint | number): CelError => new CelError(`index out of range: ${at}`);

function charAt([text, at]: readonly (string | bigint)[]): string {
  const points = [...(text as string)];
  const index = Number(at);
  if (index < 0 || index > points.length) throw outOfRange(at as bigint);
  return points[index] ?? "";
}

/** Characters before an offset in UTF-16 units; -1 stays -1. */
const positionOf = (text: string, offset: number): bigint =>
  BigInt(offset < 0 ? -1 : [...text.slice(0, offset)].length);

function offsetOf(text: string, position: bigint): number {
  const points = [...text];
  const index = Number(position);
  if (index < 0 || index > points.length) throw outOfRange(position);
  return points.slice(0, index).join("").length;
}

const indexOf = ([text, part, from]: readonly Value[]): Value => {
  const whole = text as string;
  if (part === "") return from === undefined ? 0n : (from as bigint);
  return positionOf(whole, whole.indexOf(part as string, from === undefined ? 0 : offsetOf(whole, from as bigint)));
};

const lastIndexOf = ([text, part, from]: readonly Value[]): Value => {
  const whole = text as string;
  if (part === "") return from === undefined ? BigInt([...whole].length) : (from as bigint);
  return positionOf(
    whole,
    whole.lastIndexOf(part as string, from === undefined ? whole.length : offsetOf(whole, from as bigint)),
  );
};

function replace([text, part, by, limit]: readonly Value[]): string {
  const [whole, from, to] = [text as string, part as string, by as string];
  const max = limit === undefined || (limit as bigint) < 0n ? Number.MAX_SAFE_INTEGER : Number(limit);
  const pieces = from === "" ? ["", ...whole, ""] : whole.split(from);
  const times = Math.min(pieces.length - 1, max);
  ensureLength(whole.length + times * to.length);
  const tail = from === "" ? pieces.slice(times + 1).join("") : pieces.slice(times).join(from);
  if (from !== "")
    return `${pieces
      .slice(0, times)
      .map((piece) => piece + to)
      .join("")}${tail}`;
  // An empty text stands before every character, and at the end.
  const points = pieces.slice(1, -1);
  const head = points
    .slice(0, times)
    .map((point) => to + point)
    .join("");
  return times > points.length ? head + to : head + points.slice(times).join("");
}

function split([text, by, limit]: readonly Value[]): ListValue {
  const [whole, separator] = [text as string, by as string];
  const max = limit === undefined || (limit as bigint) < 0n ? Number.MAX_SAFE_INTEGER : Number(limit);
  if (max === 0) return new ListValue([]);
  const parts = separator === "" ? [...whole] : whole.split(separator);
  if (parts.length <= max) return new ListValue(parts);
  return new ListValue([...parts.slice(0, max - 1), parts.slice(max - 1).join(separator)]);
}

function substring([text, start, end]: readonly Value[]): string {
  const points = [...(text as string)];
  const [from, to] = [Number(start), end === undefined ? points.length : Number(end)];
  if (end !== undefined && from > to) throw new CelError(`invalid substring range. start: ${from}, end: ${to}`);
  if (from < 0 || from > points.length) throw outOfRange(from);
  if (to < 0 || to > points.length) throw outOfRange(to);
  return points.slice(from, to).join("");
}

function join([list, by]: readonly Value[]): string {
  const texts = (list as ListValue).items;
  const separator = (by as string | undefined) ?? "";
  for (const text of texts) if (typeof text !== "string") throw new CelError(`join: invalid input: ${String(text)}`);
  ensureLength(texts.reduce((sum: number, text) => sum + (text as string).length + separator.length, 0));
  return texts.join(separator);
}

const lower = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());
const edges = /^[\s\u0085]+|[\s\u0085]+$/g;

/** As a literal: in quotes, with what cannot be seen escaped. */
const quotes: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  '"': '\\"',
};
const quote = (text: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  `"${text.toWellFormed().replace(/[\x07-\r\\"]/g, (char) => quotes[char] ?? char)}"`;

const first = ([text]: readonly Value[]): string => text as string;

export const strings: Library = [
  overload("string_char_at_int", "string->charAt(int): string", charAt),
  overload("string_index_of_string", "string->indexOf(string): int", indexOf),
  overload("string_index_of_string_int", "string->indexOf(string, int): int", indexOf),
  overload("string_last_index_of_string", "string->lastIndexOf(string): int", lastIndexOf),
  overload("string_last_index_of_string_int", "string->lastIndexOf(string, int): int", lastIndexOf),
  overload("string_lower_ascii", "string->lowerAscii(): string", (args) => lower(first(args))),
  overload("string_upper_ascii", "string->upperAscii(): string", (args) => upper(first(args))),
  overload("string_replace_string_string", "string->replace(string, string): string", replace),
  overload("string_replace_string_string_int", "string->replace(string, string, int): string", replace),
  overload("string_split_string", "string->split(string): list(string)", split),
  overload("string_split_string_int", "string->split(string, int): list(string)", split),
  overload("string_substring_int", "string->substring(int): string", substring),
  overload("string_substring_int_int", "string->substring(int, int): string", substring),
  overload("string_trim", "string->trim(): string", (args) => first(args).replace(edges, "")),
  overload("string_format", "string->format(list(dyn)): string", ([text, args]: readonly Value[]) =>
    formatText(text as string, (args as ListValue).items),
  ),
  overload("strings_quote", "strings.quote(string): string", (args) => quote(first(args))),
  overload("list_join", "list(string)->join(): string", join),
  overload("list_join_string", "list(string)->join(string): string", join),
];
