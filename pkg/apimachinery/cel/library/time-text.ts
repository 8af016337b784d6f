/** Times and durations as text, to the nanosecond. */
import { CelError, Duration, type Timestamp } from "../values.ts";
import { ensureDuration, ensureTimestamp } from "./arithmetic.ts";

const second = 1_000_000_000n;
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/;

/** Throws CelError. */
export function parseTimestamp(text: string): Timestamp {
  const match = rfc3339.exec(text);
  const [, year, month, day, hour, minute, secondText, fraction = "", sign, zoneHour = "0", zoneMinute = "0"] =
    match ?? [];
  const ms = Date.UTC(2000, Number(month) - 1, Number(day), Number(hour), Number(minute), Number(secondText));
  const date = new Date(ms);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isReal =
    match &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(secondText) < 60 &&
    Number(zoneHour) < 24 &&
    Number(zoneMinute) < 60;
  if (!isReal) {
    throw new CelError(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    );
  }
  const offset = BigInt(Number(zoneHour) * 3600 + Number(zoneMinute) * 60) * (sign === "-" ? -1n : 1n);
  const ns = BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return ensureTimestamp((BigInt(date.getTime() / 1000) - offset) * second + ns);
}

/** Whole seconds, rounded down, and the nanoseconds behind them. */
export function splitNs(ns: bigint): { readonly seconds: bigint; readonly nanos: bigint } {
  const nanos = ((ns % second) + second) % second;
  return { seconds: (ns - nanos) / second, nanos };
}

export function formatTimestamp({ ns }: Timestamp): string {
  const { seconds, nanos } = splitNs(ns);
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = String(nanos).padStart(9, "0").replace(/0+$/, "");
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}

/** Always in seconds: `3600s`, `1.5s`. */
export function formatDuration({ ns }: Duration): string {
  const absolute = ns < 0n ? -ns : ns;
  const fraction = String(absolute % second)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return `${ns < 0n ? "-" : ""}${absolute / second}${fraction === "" ? "" : `.${fraction}`}s`;
}

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
};

/** `1h30m`, `-1.5s`, `0`. Throws CelError. */
export function parseDuration(text: string): Duration {
  const invalid = (): CelError => new CelError(`time: invalid duration ${JSON.stringify(text)}`);
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  const rest = text.slice(sign.length);
  if (rest === "0") return new Duration(0n);
  const part = /(\d*)(?:\.(\d*))?([a-zµμ]+)/y;
  let total = 0n;
  let at = 0;
  while (at < rest.length) {
    part.lastIndex = at;
    const [whole, integer = "", fraction = "", unit = ""] = part.exec(rest) ?? [];
    const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (whole === undefined || integer + fraction === "" || size === undefined) throw invalid();
    total += BigInt(integer || "0") * size + (BigInt(fraction || "0") * size) / 10n ** BigInt(fraction.length);
    at += whole.length;
  }
  if (rest === "") throw invalid();
  return ensureDuration(sign === "-" ? -total : total);
}
