import type { CronJob, CronJobSpec, JobSpec, JobTemplateSpec } from "#api/types/batch/v1";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings, requiredOneOf } from "../../shared/findings.ts";
import { jobSpec } from "../jobs/validate.ts";
import { isTimeZone, scheduleError } from "./schedule.ts";

/** Jobs append a dash and ten digits to the name, and must stay DNS labels. */
const nameLengthMax = 63 - 11;

export function validateNewCronJob({ metadata, spec }: Readonly<CronJob>): FieldError[] {
  const errors: FieldError[] = [...cronJobSpec("spec", spec, undefined)];
  const name = metadata.name ?? "";
  if (name.length > nameLengthMax) {
    errors.push(invalid("metadata.name", name, `must be no more than ${nameLengthMax} characters`));
  }
  return errors;
}

export const validateCronJobUpdate = (next: Readonly<CronJob>, old: Readonly<CronJob>): FieldError[] => [
  ...cronJobSpec("spec", next.spec, old.spec),
];

function* cronJobSpec(path: string, spec: CronJobSpec, old: CronJobSpec | undefined): Findings {
  if (!spec.schedule) yield required(`${path}.schedule`);
  else yield* schedule(`${path}.schedule`, spec, old?.schedule.includes("TZ") ?? false);
  yield* atLeastZero(`${path}.startingDeadlineSeconds`, spec.startingDeadlineSeconds);
  if (!old || old.timeZone !== spec.timeZone) yield* timeZone(`${path}.timeZone`, spec.timeZone);
  yield* requiredOneOf(`${path}.concurrencyPolicy`, spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"]);
  yield* jobTemplate(`${path}.jobTemplate`, spec.jobTemplate);
  yield* atLeastZero(`${path}.successfulJobsHistoryLimit`, spec.successfulJobsHistoryLimit);
  yield* atLeastZero(`${path}.failedJobsHistoryLimit`, spec.failedJobsHistoryLimit);
}

/** `zoneAllowed`: the stored schedule had a time zone in its text, from before there was a field for it. */
function* schedule(path: string, { schedule: text, timeZone: zone }: CronJobSpec, zoneAllowed: boolean): Findings {
  const error = scheduleError(text);
  if (error !== undefined) yield invalid(path, text, error);
  if (!text.includes("TZ")) return;
  if (!zoneAllowed) yield invalid(path, text, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
  else if (zone !== undefined) {
    yield invalid(path, text, "cannot use both timeZone field and TZ or CRON_TZ in schedule");
  }
}

const zonePart = /^[A-Za-z.\-_0-9+]{1,14}$/;

function* timeZone(path: string, zone: string | undefined): Findings {
  if (zone === undefined) return;
  if (zone === "") {
    yield invalid(path, zone, "timeZone must be nil or non-empty string");
    return;
  }
  const unknown = invalid(path, zone, `unknown time zone ${zone}`);
  const parts = zone.split("/");
  if (parts.some((part) => part === "." || part === ".." || part.startsWith("-") || !zonePart.test(part))) {
    yield unknown;
    return;
  }
  if (zone.toLowerCase() === "local") {
    const text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones";
    yield invalid(path, zone, text);
    if (zone === "Local") return;
  }
  if (!isTimeZone(zone)) yield unknown;
}

function* jobTemplate(path: string, template: JobTemplateSpec | undefined): Findings {
  const spec: JobSpec = template?.spec ?? { template: {} as JobSpec["template"] };
  yield* jobSpec(`${path}.spec`, spec);
  if (spec.selector) yield invalid(`${path}.spec.selector`, spec.selector, "`selector` will be auto-generated");
  if (spec.manualSelector) yield notSupported(`${path}.spec.manualSelector`, true, ["nil", "false"]);
}
