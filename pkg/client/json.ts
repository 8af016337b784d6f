/** JSON that keeps int64 values exact: a number that a double cannot hold is kept as `JSON.rawJSON`. */

const longInteger = /[:[,]\s*-?\d{16,}/;

interface ReviverContext {
  readonly source?: string;
}

const keepExact = (_key: string, value: unknown, context?: ReviverContext): unknown =>
  typeof value === "number" && context?.source && Number.isInteger(value) && !Number.isSafeInteger(value)
    ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context.source)
    : value;

/** Parses JSON; throws SyntaxError. The slow exact way is only taken where the text holds a long integer. */
export function parseJson(text: string): unknown {
  return longInteger.test(text)
    ? JSON.parse(text, keepExact as (key: string, value: unknown) => unknown)
    : JSON.parse(text);
}
