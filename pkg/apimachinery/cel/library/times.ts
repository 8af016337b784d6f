/** Parts of times and durations, in any time zone. */
import { type Library, overload } from "../functions.ts";
import { CelError, type Duration, type Timestamp, type Value } from "../values.ts";
import { splitNs } from "./time-text.ts";

const fixedZone = /^([+-]?)(\d\d):(\d\d)$/;
/** Making one is slow, and expressions name few. */
const formatters = new Map<string, Intl.DateTimeFormat>();
const formattersMax = 64;

/** Minutes east of Greenwich. Throws CelError for an unknown zone. */
function offsetMinutes(zone: string, ms: number): number {
  const fixed = fixedZone.exec(zone);
  if (fixed) return (Number(fixed[2]) * 60 + Number(fixed[3])) * (fixed[1] === "-" ? -1 : 1);
  let formatter = formatters.get(zone);
  if (!formatter) {
    try {
      formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    } catch (cause) {
      throw new CelError(`unknown time zone ${zone}`, { cause });
    }
    if (formatters.size >= formattersMax) formatters.clear();
    formatters.set(zone, formatter);
  }
  const name = formatter.formatToParts(ms).find(({ type }) => type === "timeZoneName")?.value ?? "";
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  return match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === "-" ? -1 : 1) : 0;
}

/** A date whose UTC parts are the parts in the zone. */
function dateIn({ ns }: Timestamp, zone: string | undefined): Date {
  const ms = Number(splitNs(ns).seconds) * 1000;
  return new Date(ms + (zone === undefined || zone === "" || zone === "UTC" ? 0 : offsetMinutes(zone, ms) * 60_000));
}

const dayMs = 86_400_000;
const dayOfYear = (date: Date): number => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / dayMs);

const parts: Readonly<Record<string, (date: Date, time: Timestamp) => number>> = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: dayOfYear,
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (_, { ns }) => Number(splitNs(ns).nanos / 1_000_000n),
};

const ofTimestamps: Library = Object.entries(parts).flatMap(([name, read]) => [
  overload(`timestamp_${name}`, `timestamp->${name}(): int`, ([time]: readonly Timestamp[]) =>
    BigInt(read(dateIn(time as Timestamp, undefined), time as Timestamp)),
  ),
  overload(`timestamp_${name}_with_tz`, `timestamp->${name}(string): int`, ([time, zone]: readonly Value[]) =>
    BigInt(read(dateIn(time as Timestamp, zone as string), time as Timestamp)),
  ),
]);

const unitNs: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

const ofDurations: Library = Object.entries(unitNs).map(([name, unit]) =>
  overload(
    `duration_${name}`,
    `duration->${name}(): int`,
    ([duration]: readonly Duration[]) => (duration as Duration).ns / unit,
  ),
);

export const times: Library = [...ofTimestamps, ...ofDurations];
