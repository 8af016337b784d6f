/** URLs of resources, as the API lays them out. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { ListParameters, PatchParameters, WatchParameters, WriteParameters } from "./types.ts";

export interface PathParts {
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export function pathOf(ref: ResourceRef<unknown>, { namespace, name, subresource }: PathParts): string {
  const root = ref.group === "" ? `/api/${ref.version}` : `/apis/${ref.group}/${ref.version}`;
  const within = ref.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const one = name === undefined ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${within}/${ref.plural}${one}${subresource ? `/${subresource}` : ""}`;
}

const queryOf = (pairs: Record<string, string | number | boolean | undefined>): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(pairs)) {
    if (value !== undefined && value !== "") query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query}`;
};

export const listQuery = (p: ListParameters): string =>
  queryOf({
    labelSelector: p.labelSelector,
    fieldSelector: p.fieldSelector,
    limit: p.limit,
    continue: p.continue,
    resourceVersion: p.resourceVersion,
    resourceVersionMatch: p.resourceVersionMatch,
  });

export const watchQuery = (p: WatchParameters): string =>
  queryOf({
    watch: true,
    labelSelector: p.labelSelector,
    fieldSelector: p.fieldSelector,
    resourceVersion: p.resourceVersion,
    resourceVersionMatch: p.resourceVersionMatch,
    allowWatchBookmarks: p.allowWatchBookmarks,
    sendInitialEvents: p.sendInitialEvents,
    timeoutSeconds: p.timeoutSeconds,
  });

export const writeQuery = (p: WriteParameters & Partial<PatchParameters>): string =>
  queryOf({ dryRun: p.dryRun ? "All" : undefined, fieldManager: p.fieldManager, force: p.force });
