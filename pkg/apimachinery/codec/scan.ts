/** One cheap pass over a JSON text, to learn whether the engine's own parser tells everything that matters. */

export interface Scan {
  /** Object members, when every string is closed; duplicate keys show as a difference to the parsed object. */
  readonly members: number;
  /** Fractions, exponents, long integers, surrogate escapes or depth: the exact parser must read this text. */
  readonly exact: boolean;
}

/** Integers of this many digits always fit a double. */
const safeDigits = 15;
/** As Go: objects and lists inside each other. */
export const depthMax = 10_000;

const quote = 34;
const backslash = 92;

/** The index of the quote that closes the string whose first character is at `from`. */
function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at > 0 && text.charCodeAt(at - 1) === backslash) {
    let slashes = 1;
    while (text.charCodeAt(at - 1 - slashes) === backslash) slashes++;
    if (slashes % 2 === 0) break;
    at = text.indexOf('"', at + 1);
  }
  return at;
}

const isNumberPart = (code: number): boolean =>
  (code >= 48 && code <= 57) || code === 46 || code === 101 || code === 69 || code === 43 || code === 45;

export function scanJson(text: string): Scan {
  let members = 0;
  let depth = 0;
  let exact = text.includes("\\u") && /\\u[dD][89a-fA-F]/.test(text);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === quote) {
      i = closingQuote(text, i + 1);
      if (i < 0) return { members, exact: true };
    } else if (code === 58) members++;
    else if (code === 123 || code === 91) {
      if (++depth > depthMax) return { members, exact: true };
    } else if (code === 125 || code === 93) depth--;
    else if (code === 45 || (code >= 48 && code <= 57)) {
      const start = i;
      while (isNumberPart(text.charCodeAt(i + 1))) i++;
      exact ||= i + 1 - start > safeDigits || /[.eE]/.test(text.slice(start, i + 1));
    }
  }
  return { members, exact };
}
