/** metav1.Time and metav1.MicroTime as `{1: seconds, 2: nanos}`; Go's zero time is an empty message. */
import { formatInstant, type Instant, parseInstant, type TimePrecision } from "../time/index.ts";
import { ProtobufError, type Reader, wireVarint } from "./reader.ts";
import type { Writer } from "./writer.ts";

/** `2026-11-21T01:02:03Z`: what nearly all times look like. */
const plainLength = 20;

export function writeTime(writer: Writer, text: string, precision: TimePrecision): void {
  const { seconds, nanos } = instantOf(text, precision);
  writer.varint(nanos);
  writer.tag(2, wireVarint);
  if (seconds >= 0) writer.varint(seconds);
  else writer.bigVarint(BigInt(seconds));
  writer.tag(1, wireVarint);
}

function instantOf(text: string, precision: TimePrecision): Instant {
  if (precision === "second" && text.length === plainLength && text.endsWith("Z")) {
    const ms = Date.parse(text);
    if (!Number.isNaN(ms)) return { seconds: ms / 1000, nanos: 0 };
  }
  return parseInstant(text, precision);
}

/** Seconds of the years 0 to 9999, which JSON can write. */
const secondsMin = -62_167_219_200;
const secondsMax = 253_402_300_799;
/** The first second of year 1 is Go's zero time, which JSON writes as null. */
const zeroSeconds = -62_135_596_800;

/** Undefined: the zero time. */
export function readTime(reader: Reader, precision: TimePrecision): string | undefined {
  const outer = reader.open();
  const isZero = !reader.more;
  let seconds: number | bigint = 0;
  let nanos = 0;
  while (reader.more) {
    const tag = reader.tag("Time");
    if (tag === 8 + wireVarint) seconds = reader.int64();
    else if (tag === 16 + wireVarint) nanos = reader.int32();
    else reader.skip(tag);
  }
  reader.close(outer);
  if (isZero) return undefined;
  if (precision === "second") nanos = 0;
  const whole = Number(seconds) + Math.floor(nanos / 1e9);
  if (whole < secondsMin || whole > secondsMax) {
    throw new ProtobufError("Time.MarshalJSON: year outside of range [0,9999]");
  }
  const rest = nanos - Math.floor(nanos / 1e9) * 1e9;
  if (whole === zeroSeconds && rest === 0) return undefined;
  return formatInstant({ seconds: whole, nanos: rest }, precision);
}
