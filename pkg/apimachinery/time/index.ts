/** Instants and durations as the API writes them. */
import { formatInstant, parseInstant, type TimePrecision, zeroTimeSeconds } from "./rfc3339.ts";

export { formatDuration, parseDuration } from "./duration.ts";
export { formatInstant, type Instant, parseInstant, type TimePrecision } from "./rfc3339.ts";

/** metav1.Time of a date or of milliseconds since the epoch; the fraction of the second is dropped. */
export function formatTime(time: Date | number): string {
  const ms = typeof time === "number" ? time : time.getTime();
  return formatInstant({ seconds: Math.floor(ms / 1000), nanos: 0 });
}

/** metav1.MicroTime of a date or of milliseconds since the epoch. */
export function formatMicroTime(time: Date | number): string {
  const ms = typeof time === "number" ? time : time.getTime();
  const seconds = Math.floor(ms / 1000);
  return formatInstant({ seconds, nanos: Math.round((ms - seconds * 1000) * 1e6) }, "micro");
}

/** Milliseconds since the epoch of a metav1.Time or MicroTime, with fractions. Throws as `parseInstant` does. */
export function parseTime(text: string): number {
  const { seconds, nanos } = parseInstant(text);
  return seconds * 1000 + nanos / 1e6;
}

/** The text as Go would write it again; null for the zero time. Throws as `parseInstant` does. */
export function canonicalTime(text: string, precision: TimePrecision = "second"): string | null {
  const instant = parseInstant(text, precision);
  if (instant.seconds === zeroTimeSeconds && instant.nanos === 0) return null;
  return formatInstant(instant, precision);
}
