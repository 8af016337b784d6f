/** Whole numbers in query parameters, refused in Go's words. */
import { badRequest } from "#pkg/apimachinery/status-error.ts";

const int64Max = 2n ** 63n - 1n;
const uint64Max = 2n ** 64n - 1n;

/** Undefined where there is no such parameter. An empty one is no number. Throws 400. */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const wrong = (why: string) => badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw wrong("invalid syntax");
  const value = BigInt(text.replace("+", ""));
  if (value > int64Max || value < -int64Max - 1n) throw wrong("value out of range");
  return Number(value);
}

/** What is wrong with a revision, if anything. */
export function wrongRevision(text: string): string | undefined {
  if (/^\d+$/.test(text) && BigInt(text) <= uint64Max) return undefined;
  const why = /^\d+$/.test(text) ? "value out of range" : "invalid syntax";
  return `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`;
}
