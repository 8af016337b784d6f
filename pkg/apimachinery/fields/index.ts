/** Field selectors: `metadata.name=a,spec.nodeName!=b`, with `\,`, `\=` and `\\` escaped in values. */

export interface FieldRequirement {
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

export interface FieldSelector {
  readonly empty: boolean;
  /** In the order of their text, sorted. */
  readonly requirements: readonly FieldRequirement[];
  /** The fields that must have one value, for indexes. */
  readonly exact: Readonly<Record<string, string>>;
  /** Whether all requirements hold; a field that is not there counts as empty. */
  matches(fields: Readonly<Record<string, string>>): boolean;
  /** The canonical text. */
  toString(): string;
}

const escapeValue = (value: string): string => value.replace(/[\\,=]/g, "\\$&");

const print = ({ field, operator, value }: FieldRequirement): string => `${field}${operator}${escapeValue(value)}`;

const fieldValue = (fields: Readonly<Record<string, string>>, field: string): string =>
  Object.hasOwn(fields, field) ? (fields[field] ?? "") : "";

export function fieldSelectorOf(requirements: readonly FieldRequirement[]): FieldSelector {
  const exact: Record<string, string> = Object.create(null);
  for (const { field, operator, value } of requirements) if (operator === "=") exact[field] = value;
  return {
    empty: requirements.length === 0,
    requirements,
    exact,
    matches: (fields) =>
      requirements.every(({ field, operator, value }) => (fieldValue(fields, field) === value) === (operator === "=")),
    toString: () => requirements.map(print).join(","),
  };
}

/** Cuts at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}

/** Reads a value. Throws an Error on unknown escapes and on separators that are not escaped. */
function unescapeValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\") {
      const next = text[i + 1] ?? "";
      if (next === "" || !"\\,=".includes(next)) {
        throw new Error(`invalid field selector: invalid escape sequence: \\${[...text.slice(i + 1)][0] ?? ""}`);
      }
      out += next;
      i++;
    } else if (char === "," || char === "=") {
      throw new Error(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`);
    } else out += char;
  }
  return out;
}

const termPattern = /^([\s\S]*?)(!=|==|=)([\s\S]*)$/;

/** Reads a selector's text. Throws an Error with upstream's words; servers answer BadRequest with them. */
export function parseFieldSelector(text: string): FieldSelector {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).sort()) {
    if (term === "") continue;
    const [, field, operator, value] = termPattern.exec(term) ?? [];
    if (field === undefined || value === undefined) {
      throw new Error(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    requirements.push({ field, operator: operator === "!=" ? "!=" : "=", value: unescapeValue(value) });
  }
  return fieldSelectorOf(requirements);
}
