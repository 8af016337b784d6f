/** Aggregated discovery (`apidiscovery.k8s.io/v2`): everything under `/api` or `/apis` in one document. */
import { createHash } from "node:crypto";
import type { ResourceDef, Subresource } from "#api/index.ts";
import type { DiscoveredGroup, DiscoveredVersion } from "./model.ts";

type Document = Record<string, unknown>;

/** What the content type of such a document says beside its format. */
export const aggregatedParameters = "g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/** What clients ask for in Accept. */
export const aggregatedMediaType = `application/json;${aggregatedParameters}`;

/** The document of `/api` (only the core group) or `/apis` (all others). */
export function aggregatedDocument(groups: readonly DiscoveredGroup[], root: "/api" | "/apis"): Document {
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups
      .filter((g) => (g.name === "") === (root === "/api"))
      .map((g) => ({
        metadata: g.name === "" ? {} : { name: g.name },
        versions: g.versions.map((v) => versionRow(g.name, v)),
      })),
  };
}

/** The strong ETag of a document's bytes, quoted; clients send it back as If-None-Match. */
export function etagOf(body: string | Buffer): string {
  return `"${createHash("sha512").update(body).digest("hex").toUpperCase()}"`;
}

function versionRow(group: string, version: DiscoveredVersion): Document {
  return {
    version: version.version,
    ...(version.resources.length > 0
      ? { resources: version.resources.map((r) => resourceRow(group, version, r)) }
      : {}),
    freshness: version.stale ? "Stale" : "Current",
  };
}

function resourceRow(group: string, version: DiscoveredVersion, resource: ResourceDef): Document {
  const kindOf = (of: { group: string; version: string; kind: string }) => {
    const own = of.group === group && of.version === version.version && !version.namesOwnKinds;
    return { group: own ? "" : of.group, version: own ? "" : of.version, kind: of.kind };
  };
  const subresources = resource.subresources.map((sub: Subresource) => ({
    subresource: sub.name,
    responseKind: kindOf(sub),
    verbs: sub.verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: kindOf(resource),
    scope: resource.namespaced ? "Namespaced" : "Cluster",
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}
