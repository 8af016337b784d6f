/** What is wrong with a cron schedule, in the words of the parser that upstream uses. */

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** Minute, hour, day of the month, month, day of the week. */
const fields: readonly Bounds[] = [
  { min: 0, max: 59 },
  { min: 0, max: 23 },
  { min: 1, max: 31 },
  { min: 1, max: 12, names: months },
  { min: 0, max: 6, names: days },
];

const descriptors = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);

/** Undefined: the schedule is good. */
export function scheduleError(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  let text = schedule;
  if (text.startsWith("TZ=") || text.startsWith("CRON_TZ=")) {
    const space = text.indexOf(" ");
    const zone = text.slice(text.indexOf("=") + 1, space < 0 ? undefined : space);
    if (space < 0) return `invalid schedule format: runtime error: slice bounds out of range [:-1]`;
    if (!isTimeZone(zone)) return `provided bad location ${zone}: unknown time zone ${zone}`;
    text = text.slice(space).trim();
  }
  if (text.startsWith("@")) return descriptorError(text);
  const parts = text.split(/\s+/).filter(Boolean);
  if (parts.length !== fields.length) {
    return `expected exactly ${fields.length} fields, found ${parts.length}: [${parts.join(" ")}]`;
  }
  for (const [at, part] of parts.entries()) {
    for (const range of part.split(",").filter(Boolean)) {
      const error = rangeError(range, fields[at] as Bounds);
      if (error !== undefined) return error;
    }
  }
  return undefined;
}

const durationPattern = /^[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;

function descriptorError(text: string): string | undefined {
  if (descriptors.has(text)) return undefined;
  if (!text.startsWith("@every ")) return `unrecognized descriptor: ${text}`;
  const duration = text.slice("@every ".length);
  if (duration === "0" || durationPattern.test(duration)) return undefined;
  return `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(duration)}`;
}

function rangeError(text: string, { min, max, names }: Bounds): string | undefined {
  const [span = "", stepText, ...moreSteps] = text.split("/");
  const [low = "", high, ...moreEnds] = span.split("-");
  const single = high === undefined;
  let start = min;
  let end = max;
  if (low !== "*" && low !== "?") {
    const first = numberOf(low, names);
    if (typeof first === "string") return first;
    start = first;
    if (moreEnds.length > 0) return `too many hyphens: ${text}`;
    const last = single ? first : numberOf(high, names);
    if (typeof last === "string") return last;
    end = last;
  }
  let step = 1;
  if (moreSteps.length > 0) return `too many slashes: ${text}`;
  if (stepText !== undefined) {
    const parsed = numberOf(stepText, undefined);
    if (typeof parsed === "string") return parsed;
    step = parsed;
    if (single) end = max;
  }
  if (start < min) return `beginning of range (${start}) below minimum (${min}): ${text}`;
  if (end > max) return `end of range (${end}) above maximum (${max}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return step === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

/** The number, or what is wrong with it. */
function numberOf(text: string, names: readonly string[] | undefined): number | string {
  const named = names?.indexOf(text.toLowerCase()) ?? -1;
  if (named >= 0) return names === months ? named + 1 : named;
  if (!/^[+-]?\d+$/.test(text)) {
    return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
  }
  const value = Number(text);
  return value < 0 ? `negative number (${value}) not allowed: ${text}` : value;
}

/** Whether the time zone database knows this name. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
