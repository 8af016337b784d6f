import type { Event } from "#api/types/events.k8s.io/v1";
import type { Cells } from "#pkg/apimachinery/table/cells.ts";
import { eventCells } from "../../core/events/columns.ts";

/** The same event under its newer names. */
export const newEventCells: Cells<Event> = (event, now) => {
  const {
    regarding,
    note,
    deprecatedSource,
    deprecatedFirstTimestamp,
    deprecatedLastTimestamp,
    deprecatedCount,
    ...rest
  } = event;
  return eventCells(
    {
      metadata: rest.metadata,
      involvedObject: regarding ?? {},
      source: deprecatedSource ?? {},
      message: note ?? "",
      reportingComponent: rest.reportingController ?? "",
      reportingInstance: rest.reportingInstance ?? "",
      type: rest.type ?? "",
      reason: rest.reason ?? "",
      eventTime: rest.eventTime,
      ...(rest.series ? { series: rest.series } : {}),
      ...(deprecatedFirstTimestamp ? { firstTimestamp: deprecatedFirstTimestamp } : {}),
      ...(deprecatedLastTimestamp ? { lastTimestamp: deprecatedLastTimestamp } : {}),
      ...(deprecatedCount ? { count: deprecatedCount } : {}),
    },
    now,
  );
};
