/** Patterns of schemas, compiled. They come from users: they are RE2's, and never take more than linear time. */
import { compileRegExp, type LinearRegExp } from "#pkg/apimachinery/regexp/index.ts";

/** The same few stand in most schemas; compiled ones are large. */
const patternsMax = 500;
/** The one that was not asked for the longest is the first. */
const compiled = new Map<string, LinearRegExp>();

/** Throws as `compileRegExp` does. */
export function patternOf(text: string): LinearRegExp {
  let known = compiled.get(text);
  if (known) compiled.delete(text);
  else known = compileRegExp(text);
  compiled.set(text, known);
  if (compiled.size > patternsMax) compiled.delete(compiled.keys().next().value as string);
  return known;
}
