/** `/`: the paths that this server answers. */
import type { DiscoveredGroup } from "./model.ts";

/** `others` are the paths outside of discovery: health checks, metrics, OpenAPI, version. */
export function rootPathsDocument(groups: readonly DiscoveredGroup[], others: readonly string[]): { paths: string[] } {
  const paths = new Set<string>(["/api", "/api/v1", "/apis", "/apis/", ...others]);
  for (const { name, versions } of groups) {
    if (name === "") continue;
    paths.add(`/apis/${name}`);
    for (const { version } of versions) paths.add(`/apis/${name}/${version}`);
  }
  return { paths: [...paths].sort() };
}
