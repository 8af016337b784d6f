/** Go durations (`1m0s`, `1h30m`, `250ms`) as they stand in configuration files and flags. Unit: milliseconds. */

const unitMs = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["µs", 1e-3],
  ["μs", 1e-3],
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

const partPattern = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;

/** Milliseconds of a duration's text. Throws an Error with the text of Go's time package. */
export function parseDuration(text: string): number {
  const quoted = JSON.stringify(text);
  const body = text.replace(/^[+-]/, "");
  if (body === "0") return 0;
  if (body === "") throw new Error(`time: invalid duration ${quoted}`);
  let total = 0;
  partPattern.lastIndex = 0;
  while (partPattern.lastIndex < body.length) {
    const match = partPattern.exec(body);
    if (!match) throw new Error(`time: invalid duration ${quoted}`);
    const [, number, unit = ""] = match;
    if (unit === "") throw new Error(`time: missing unit in duration ${quoted}`);
    const scale = unitMs.get(unit);
    if (scale === undefined) throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}`);
    total += Number(number) * scale;
  }
  return text.startsWith("-") ? -total : total;
}

/** The text that Go writes: `1h0m0s`, `1m30.5s`, `250ms`, `0s`. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const nanos = Math.round(Math.abs(ms) * 1e6);
  if (nanos === 0) return "0s";
  if (nanos < 1e3) return `${sign}${nanos}ns`;
  if (nanos < 1e6) return `${sign}${nanos / 1e3}µs`;
  if (nanos < 1e9) return `${sign}${nanos / 1e6}ms`;
  const hours = Math.floor(nanos / 3.6e12);
  const minutes = Math.floor((nanos % 3.6e12) / 6e10);
  const seconds = `${Number(((nanos % 6e10) / 1e9).toFixed(9))}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : `${sign}${seconds}`;
}
