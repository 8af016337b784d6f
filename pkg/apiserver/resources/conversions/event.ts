/** Events are stored as core/v1 and served as events.k8s.io/v1 too, under other field names. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Conversion } from "../served-resource.ts";

/** events.k8s.io name → core name. */
const names: readonly (readonly [served: string, stored: string])[] = [
  ["note", "message"],
  ["regarding", "involvedObject"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];
const toStored = new Map(names);
const toServed = new Map(names.map(([served, stored]) => [stored, served] as const));

function rename(object: KubeObject, apiVersion: string, map: ReadonlyMap<string, string>): KubeObject {
  const renamed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) renamed[map.get(key) ?? key] = value;
  renamed["apiVersion"] = apiVersion;
  return renamed as unknown as KubeObject;
}

export const eventsGroup: Conversion = {
  toStored: (object) => rename(object, "v1", toStored),
  toServed: (object) => rename(object, "events.k8s.io/v1", toServed),
};
