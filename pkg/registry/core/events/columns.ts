import type { Event as CoreEvent } from "#api/types/core/v1";
import { type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";
import { ageOf } from "#pkg/apimachinery/table/duration.ts";

export const eventCells: Cells<CoreEvent> = (event, now) => {
  const first = ageOf(event.firstTimestamp || event.eventTime || undefined, now);
  const last = event.series
    ? ageOf(event.series.lastObservedTime, now)
    : event.lastTimestamp
      ? ageOf(event.lastTimestamp, now)
      : first;
  const { kind = "", name, fieldPath = "" } = event.involvedObject;
  const component = event.source?.component || event.reportingComponent || "";
  const instance = event.source?.host || event.reportingInstance || "";
  return [
    last,
    event.type ?? "",
    event.reason ?? "",
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    instance ? `${component}, ${instance}` : component,
    (event.message ?? "").trim(),
    first,
    event.series ? (event.series.count ?? 0) : event.count || 1,
    nameOf(event),
  ];
};
