import type { CronJob } from "#api/types/batch/v1";
import {
  age,
  booleanCell,
  type Cells,
  containerCells,
  nameOf,
  orNone,
  selectorCell,
} from "#pkg/apimachinery/table/cells.ts";
import { ageOf } from "#pkg/apimachinery/table/duration.ts";

export const cronJobCells: Cells<CronJob> = (cron, now) => [
  nameOf(cron),
  cron.spec?.schedule ?? "",
  orNone(cron.spec?.timeZone),
  booleanCell(cron.spec?.suspend),
  cron.status?.active?.length ?? 0,
  cron.status?.lastScheduleTime ? ageOf(cron.status.lastScheduleTime, now) : "<none>",
  age(cron, now),
  ...containerCells(cron.spec?.jobTemplate.spec?.template.spec?.containers),
  selectorCell(cron.spec?.jobTemplate.spec?.selector),
];
