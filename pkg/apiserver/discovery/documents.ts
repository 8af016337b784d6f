/** The plain discovery documents: APIVersions, APIGroupList, APIGroup and APIResourceList. */
import type { ResourceDef, Subresource } from "#api/index.ts";
import type { DiscoveredGroup } from "./model.ts";
import { storageVersionHash } from "./storage-hash.ts";

type Document = Record<string, unknown>;

/** `/api`. `address` is `host:port` as clients reach this server. */
export function apiVersionsDocument(address: string): Document {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

/** `/apis`. */
export function groupListDocument(groups: readonly DiscoveredGroup[]): Document {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.filter((g) => g.name !== "").map(groupFields) };
}

/** `/apis/<group>`; undefined when there is no such group. */
export function groupDocument(groups: readonly DiscoveredGroup[], name: string): Document | undefined {
  const group = groups.find((g) => g.name === name);
  return group && name !== "" ? { kind: "APIGroup", apiVersion: "v1", ...groupFields(group) } : undefined;
}

function groupFields(group: DiscoveredGroup): Document {
  const versions = group.versions.map(({ version }) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** `/api/v1` and `/apis/<group>/<version>`; undefined when there is no such version. */
export function resourceListDocument(
  groups: readonly DiscoveredGroup[],
  group: string,
  version: string,
): Document | undefined {
  const found = groups.find((g) => g.name === group)?.versions.find((v) => v.version === version);
  if (!found) return undefined;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: found.resources.flatMap((r) => [resourceRow(r), ...r.subresources.map((s) => subresourceRow(r, s))]),
  };
}

function resourceRow(resource: ResourceDef): Document {
  const hash = storageVersionHash(resource);
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
    ...(hash === undefined ? {} : { storageVersionHash: hash }),
  };
}

/** A subresource of another group version (`pods/eviction`, `deployments/scale`) names it. */
function subresourceRow(resource: ResourceDef, sub: Subresource): Document {
  const foreign = sub.group !== resource.group || sub.version !== resource.version;
  return {
    name: `${resource.plural}/${sub.name}`,
    singularName: "",
    namespaced: resource.namespaced,
    ...(foreign ? { group: sub.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: sub.verbs,
  };
}
