/**
 * Regular expressions that users write: RE2's syntax, matched in time linear in the text whatever the expression. JavaScript's
 * own backtrack, and know neither `(?i)` nor `\z`. https://github.com/google/re2/wiki/Syntax
 */
import { RE2JS } from "re2js";

export interface LinearRegExp {
  readonly pattern: string;
  /** Whether any part of `text` matches. */
  test(text: string): boolean;
  /** The first part that matches, and its groups behind it; undefined: none. */
  exec(text: string): readonly (string | undefined)[] | undefined;
  /** All parts that match, from left to right, at most `max` of them. */
  all(text: string, max: number): string[];
}

/** Throws an Error in upstream's words: ``error parsing regexp: missing closing ]: `[` ``. */
export function compileRegExp(pattern: string): LinearRegExp {
  const compiled = RE2JS.compile(pattern);
  return {
    pattern,
    test: (text) => compiled.test(text),
    exec(text) {
      const matcher = compiled.matcher(text);
      if (!matcher.find()) return undefined;
      const groups = Array.from({ length: matcher.groupCount() }, (_, at) => matcher.group(at + 1) ?? undefined);
      return [matcher.group() ?? "", ...groups];
    },
    all(text, max) {
      const matcher = compiled.matcher(text);
      const found: string[] = [];
      while (found.length < max && matcher.find()) found.push(matcher.group() ?? "");
      return found;
    },
  };
}
