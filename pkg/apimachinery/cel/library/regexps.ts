/** Regular expressions: `matches` of the language, `find` and `findAll` of Kubernetes. */
import { compileRegExp, type LinearRegExp } from "#pkg/apimachinery/regexp/index.ts";
import { type Library, overload } from "../functions.ts";
import { CelError, ListValue } from "../values.ts";

/** Most patterns stand in the expression and are used for every object. */
const compiled = new Map<string, LinearRegExp>();
const compiledMax = 256;

/** Throws CelError. */
export function compiledRegExp(pattern: string): LinearRegExp {
  let found = compiled.get(pattern);
  if (!found) {
    try {
      found = compileRegExp(pattern);
    } catch (error) {
      throw new CelError((error as Error).message);
    }
    if (compiled.size >= compiledMax) compiled.clear();
    compiled.set(pattern, found);
  }
  return found;
}

const findAll = (text: string, pattern: string, max: bigint): ListValue =>
  new ListValue(compiledRegExp(pattern).all(text, max < 0n ? Number.MAX_SAFE_INTEGER : Number(max)));

export const regexps: Library = [
  overload(
    "string_find_string",
    "string->find(string): string",
    ([text, pattern]: readonly string[]) => compiledRegExp(pattern as string).exec(text as string)?.[0] ?? "",
  ),
  overload("string_find_all_string", "string->findAll(string): list(string)", ([text, pattern]: readonly string[]) =>
    findAll(text as string, pattern as string, -1n),
  ),
  overload(
    "string_find_all_string_int",
    "string->findAll(string, int): list(string)",
    ([text, pattern, max]: readonly (string | bigint)[]) => findAll(text as string, pattern as string, max as bigint),
  ),
];
