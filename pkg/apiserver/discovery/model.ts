/** What discovery publishes, before it becomes documents: groups in upstream's order, each with its versions in order of preference. */
import type { ResourceDef } from "#api/index.ts";
import { compareVersions } from "./version-order.ts";

export interface DiscoveredVersion {
  readonly version: string;
  readonly resources: readonly ResourceDef[];
  /** Built-in documents leave group and version of an object's own kind empty; those of custom resources name them. */
  readonly namesOwnKinds: boolean;
  /** An aggregated API that did not answer: its resources are not known. */
  readonly stale: boolean;
}

export interface DiscoveredGroup {
  /** Empty for the core group. */
  readonly name: string;
  readonly versions: readonly DiscoveredVersion[];
}

/** A group version that is served besides the built-in ones: by a CustomResourceDefinition or an APIService. */
export interface DynamicVersion {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly ResourceDef[];
  /** `groupPriorityMinimum` of its APIService; 1000 for custom resources. */
  readonly groupPriority?: number;
  /** `versionPriority` of its APIService; 100 for custom resources. */
  readonly versionPriority?: number;
  readonly stale?: boolean;
}

interface Ranked extends DiscoveredVersion {
  readonly group: string;
  readonly groupPriority: number;
  readonly versionPriority: number;
}

/** Group priorities of the built-in APIServices. The core group has none here: it stands alone under `/api`. */
const builtinGroupPriorities: Readonly<Record<string, number>> = {
  "apiregistration.k8s.io": 18000,
  apps: 17800,
  "events.k8s.io": 17750,
  "authentication.k8s.io": 17700,
  "authorization.k8s.io": 17600,
  autoscaling: 17500,
  batch: 17400,
  "certificates.k8s.io": 17300,
  "networking.k8s.io": 17200,
  policy: 17100,
  "rbac.authorization.k8s.io": 17000,
  "storage.k8s.io": 16800,
  "admissionregistration.k8s.io": 16700,
  "apiextensions.k8s.io": 16700,
  "scheduling.k8s.io": 16600,
  "coordination.k8s.io": 16500,
  "node.k8s.io": 16300,
  "discovery.k8s.io": 16200,
  "resource.k8s.io": 16200,
  "flowcontrol.apiserver.k8s.io": 16100,
};

const customGroupPriority = 1000;
const customVersionPriority = 100;

/** Groups built-in resources and dynamic versions, and sorts them as the aggregator does. */
export function discoverGroups(
  builtin: readonly ResourceDef[],
  dynamic: readonly DynamicVersion[] = [],
): DiscoveredGroup[] {
  const byGroup = Map.groupBy([...rankBuiltin(builtin), ...dynamic.map(rankDynamic)], (v) => v.group);
  const groups = [...byGroup].map(([name, versions]) => ({
    name,
    versions: versions.toSorted(
      (a, b) => b.versionPriority - a.versionPriority || compareVersions(b.version, a.version),
    ),
  }));
  const priorityOf = (group: { versions: readonly Ranked[] }) => group.versions[0]?.groupPriority ?? 0;
  return groups.sort((a, b) => priorityOf(b) - priorityOf(a) || (a.name < b.name ? -1 : 1));
}

function rankBuiltin(resources: readonly ResourceDef[]): Ranked[] {
  const byVersion = Map.groupBy(resources, (r) => `${r.group}/${r.version}`);
  return [...byVersion.values()].map((list) => ({
    group: list[0]!.group,
    version: list[0]!.version,
    resources: list.toSorted(byPlural),
    namesOwnKinds: false,
    stale: false,
    groupPriority: list[0]!.group === "" ? 18000 : (builtinGroupPriorities[list[0]!.group] ?? customGroupPriority),
    versionPriority: 15,
  }));
}

function rankDynamic(version: DynamicVersion): Ranked {
  return {
    group: version.group,
    version: version.version,
    resources: version.resources.toSorted(byPlural),
    namesOwnKinds: true,
    stale: version.stale ?? false,
    groupPriority: version.groupPriority ?? customGroupPriority,
    versionPriority: version.versionPriority ?? customVersionPriority,
  };
}

const byPlural = (a: ResourceDef, b: ResourceDef): number => (a.plural < b.plural ? -1 : 1);
