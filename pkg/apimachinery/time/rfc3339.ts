/**
 * metav1.Time and metav1.MicroTime: instants in RFC 3339, always written in UTC. Read as strictly as Go's
 * `time.Parse` reads them, with its errors.
 */

export type TimePrecision = "second" | "micro";

/** An instant: whole seconds since the epoch, and the rest. Years 0 to 9999 fit. */
export interface Instant {
  readonly seconds: number;
  readonly nanos: number;
}

const layouts: Record<TimePrecision, string> = {
  second: "2006-01-02T15:04:05Z07:00",
  micro: "2006-01-02T15:04:05.000000Z07:00",
};

/** The first second of year 1 is Go's zero time, which JSON writes as null. */
export const zeroTimeSeconds = -62135596800;

class Reader {
  readonly text: string;
  readonly layout: string;
  at = 0;

  constructor(text: string, precision: TimePrecision) {
    this.text = text;
    this.layout = layouts[precision];
  }

  get rest(): string {
    return this.text.slice(this.at);
  }

  fail(element: string): Error {
    const [text, layout, rest] = [this.text, this.layout, this.rest].map((part) => JSON.stringify(part));
    return new Error(`parsing time ${text} as ${layout}: cannot parse ${rest} as ${JSON.stringify(element)}`);
  }

  outOfRange(what: string): Error {
    return new Error(`parsing time ${JSON.stringify(this.text)}: ${what} out of range`);
  }

  digit(offset: number): boolean {
    const code = this.text.charCodeAt(this.at + offset);
    return code >= 48 && code <= 57;
  }

  skip(mark: string): void {
    if (this.text[this.at] !== mark) throw this.fail(mark);
    this.at++;
  }

  number(digits: number, element: string): number {
    for (let i = 0; i < digits; i++) if (!this.digit(i)) throw this.fail(element);
    this.at += digits;
    return Number(this.text.slice(this.at - digits, this.at));
  }

  inRange(value: number, min: number, max: number, what: string): number {
    if (value < min || value > max) throw this.outOfRange(what);
    return value;
  }

  hour(): number {
    return this.number(this.digit(0) && !this.digit(1) ? 1 : 2, "15");
  }
}

/** Reads an instant. Throws an Error with the text of Go's time package. */
export function parseInstant(text: string, precision: TimePrecision = "second"): Instant {
  const r = new Reader(text, precision);
  const year = r.number(4, "2006");
  r.skip("-");
  const month = r.inRange(r.number(2, "01"), 1, 12, "month");
  r.skip("-");
  const day = r.number(2, "02");
  r.skip("T");
  const hour = r.inRange(r.hour(), 0, 23, "hour");
  r.skip(":");
  const minute = r.inRange(r.number(2, "04"), 0, 59, "minute");
  r.skip(":");
  const second = r.inRange(r.number(2, "05"), 0, 59, "second");
  const nanos = precision === "micro" ? readMicros(r) : readFraction(r);
  const offset = readOffset(r);
  if (r.rest !== "") throw new Error(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(r.rest)}`);
  if (day < 1 || day > daysIn(year, month)) throw r.outOfRange("day");
  return { seconds: epochSeconds(year, month, day, hour, minute, second) - offset, nanos };
}

const isPoint = (char: string | undefined) => char === "." || char === ",";

/** Exactly six digits. */
function readMicros(r: Reader): number {
  if (r.text.length - r.at < 7 || !isPoint(r.text[r.at])) throw r.fail(".000000");
  for (let i = 1; i <= 6; i++) if (!r.digit(i)) throw r.fail(".000000");
  r.at += 7;
  return Number(r.text.slice(r.at - 6, r.at)) * 1000;
}

/** Any number of digits, of which nine count; none is fine. */
function readFraction(r: Reader): number {
  if (!isPoint(r.text[r.at]) || !r.digit(1)) return 0;
  const start = r.at + 1;
  r.at = start;
  while (r.digit(0)) r.at++;
  return Number(r.text.slice(start, Math.min(r.at, start + 9)).padEnd(9, "0"));
}

/** Seconds east of UTC. */
function readOffset(r: Reader): number {
  if (r.text[r.at] === "Z") {
    r.at++;
    return 0;
  }
  const match = /^([+-])(\d\d):(\d\d)/.exec(r.rest);
  if (!match) throw r.fail("Z07:00");
  const hours = r.inRange(Number(match[2]), 0, 24, "time zone offset hour");
  const minutes = r.inRange(Number(match[3]), 0, 60, "time zone offset minute");
  r.at += 6;
  return (match[1] === "-" ? -60 : 60) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function epochSeconds(year: number, month: number, day: number, h: number, m: number, s: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getTime() / 1000 + h * 3600 + m * 60 + s;
}

/** `2026-11-21T01:02:03Z`, or with six digits of fraction; what is finer is cut off. */
export function formatInstant({ seconds, nanos }: Instant, precision: TimePrecision = "second"): string {
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (precision === "second") return `${whole}Z`;
  return `${whole}.${String(Math.trunc(nanos / 1000)).padStart(6, "0")}Z`;
}
