/** The times of a cron schedule. Pure. */
import { Cron } from "croner";

/** Upstream looks no further back than this many missed times. */
export const missedMax = 100;

export interface Schedule {
  /** The first time after `after`; undefined when there is none. Milliseconds since the epoch. */
  next(after: number): number | undefined;
}

const everyPattern = /^@every\s+(.+)$/;
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `timeZone`: an IANA name; default the machine's. Throws for a schedule that cannot be read. */
export function parseSchedule(text: string, timeZone: string | undefined): Schedule {
  let pattern = text.trim();
  let zone = timeZone;
  const prefixed = /^(?:CRON_)?TZ=(\S+)\s+(.*)$/.exec(pattern);
  if (prefixed) {
    zone ??= prefixed[1];
    pattern = prefixed[2] ?? "";
  }
  const every = everyPattern.exec(pattern);
  if (every) return interval(every[1] ?? "");
  const cron = new Cron(pattern.replace(/\?/g, "*"), {
    paused: true,
    legacyMode: true,
    ...(zone ? { timezone: zone } : {}),
  });
  return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
}

function interval(text: string): Schedule {
  let ms = 0;
  for (const [, amount = "", unit = ""] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g))
    ms += Number(amount) * (unitsMs[unit] ?? 0);
  const step = Math.max(1000, Math.floor(ms / 1000) * 1000);
  return { next: (after) => Math.floor(after / 1000) * 1000 + step };
}

export interface Missed {
  /** The latest time that has come and has not been met. */
  readonly latest: number | undefined;
  /** More than a hundred were missed: somebody's clock or schedule is wrong. */
  readonly tooMany: boolean;
}

/** What came after `since` and not after `now`. */
export function missedSince(schedule: Schedule, since: number, now: number): Missed {
  const first = schedule.next(since);
  if (first === undefined || first > now) return { latest: undefined, tooMany: false };
  const second = schedule.next(first);
  if (second === undefined || second > now) return { latest: first, tooMany: false };
  // Schedules repeat: skip near the end instead of walking through years of minutes.
  const step = second - first;
  const count = Math.floor((now - first) / step) + 1;
  let latest = first;
  let from = count > missedMax ? now - step * 2 - 1000 : first;
  for (let guard = 0; guard < 10_000; guard += 1) {
    const next = schedule.next(from);
    if (next === undefined || next > now) break;
    latest = next;
    from = next;
  }
  return { latest, tooMany: count > missedMax };
}
