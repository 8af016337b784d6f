/** What is wrong with the outcome of a load. Pure. */

export interface Load {
  readonly nodes: number;
  /** Groups of equal pods: Deployments, or as many labels. */
  readonly groups: number;
  readonly replicas: number;
  /** Pods are created directly instead of by controllers. */
  readonly direct: boolean;
  /** The template asks for spreading over zones and for pods of a group to keep apart. */
  readonly spread: boolean;
}

export interface PodRecord {
  readonly name: string;
  readonly app: string;
  readonly node: string;
  /** Seconds since the load began; -1: never. */
  readonly created_s: number;
  readonly bound_s: number;
  readonly gone_s: number;
  /** It was seen on another node later. */
  readonly rebound: boolean;
}

export interface Usage {
  readonly rss_mb: number;
  readonly peak_mb: number;
  readonly cpu_s: number;
}

export interface Samples {
  readonly idle: Usage;
  readonly bound: Usage;
  readonly end: Usage;
}

/** What the load generator saw. */
export interface Report {
  readonly nodes: readonly { readonly name: string; readonly zone: string; readonly pods: number }[];
  readonly pods: readonly PodRecord[];
  readonly all_bound_s: number;
  /** From then on until every Deployment counted all its pods, which were told to run; 0 without Deployments. */
  readonly all_available_s: number;
  readonly all_gone_s: number;
  /** What each Deployment then counted. */
  readonly available: Readonly<Record<string, number>>;
  /** Requests of the load generator that the server put off with 429. */
  readonly refused: number;
  readonly processes: Readonly<Record<string, Samples>>;
}

/** `maxSkew` of the template. */
const skewMax = 5;

/** Sentences; none when everything is as it must be. `processes` are those that must have been measured. */
export function wrongIn(report: Report, load: Load, processes: readonly string[]): string[] {
  return [
    ...wrongCounts(report, load),
    ...wrongPods(report),
    ...wrongNodes(report),
    ...(load.spread ? wrongSpread(report) : []),
    ...(load.direct ? [] : wrongDeployments(report, load)),
    ...wrongFigures(report, processes),
  ];
}

function wrongCounts({ pods, nodes }: Report, load: Load): string[] {
  const wrong: string[] = [];
  if (nodes.length !== load.nodes) wrong.push(`${nodes.length} of ${load.nodes} nodes`);
  const groups = Map.groupBy(pods, ({ app }) => app);
  if (groups.size !== load.groups) wrong.push(`${groups.size} of ${load.groups} groups have pods`);
  for (const [app, members] of groups) {
    if (members.length !== load.replicas) wrong.push(`${app} has ${members.length} of ${load.replicas} pods`);
  }
  return wrong;
}

function wrongPods({ pods, nodes, all_bound_s }: Report): string[] {
  const known = new Set(nodes.map(({ name }) => name));
  return pods.flatMap(({ name, node, created_s, bound_s, gone_s, rebound }) => {
    if (!known.has(node)) return [`${name} is on ${node === "" ? "no node" : `${node}, which does not exist`}`];
    if (rebound) return [`${name} changed its node`];
    if (!(created_s >= 0 && bound_s >= created_s && gone_s >= bound_s)) return [`${name} has no history`];
    return bound_s > all_bound_s ? [`${name} was bound after all were`] : [];
  });
}

function wrongNodes({ pods, nodes }: Report): string[] {
  const placed = Map.groupBy(pods, ({ node }) => node);
  return nodes.flatMap(({ name, pods: room }) => {
    const count = placed.get(name)?.length ?? 0;
    return count > room ? [`${name} has ${count} pods and room for ${room}`] : [];
  });
}

/** Once all are placed no zone has more than `skewMax` pods of a group above the emptiest. */
function wrongSpread({ pods, nodes }: Report): string[] {
  const zoneOf = new Map(nodes.map(({ name, zone }) => [name, zone]));
  const zones = [...new Set(zoneOf.values())];
  return [...Map.groupBy(pods, ({ app }) => app)].flatMap(([app, members]) => {
    const counts = zones.map((zone) => members.filter(({ node }) => zoneOf.get(node) === zone).length);
    const skew = Math.max(...counts) - Math.min(...counts);
    return skew > skewMax ? [`${app} is spread ${counts.join(", ")} over zones`] : [];
  });
}

function wrongDeployments({ pods, available, all_available_s }: Report, { replicas }: Load): string[] {
  const apps = [...new Set(pods.map(({ app }) => app))];
  const wrong = apps.filter((app) => available[app] !== replicas);
  const sentences = wrong.map((app) => `${app} counts ${available[app] ?? "no"} pods as available, of ${replicas}`);
  return all_available_s > 0 ? sentences : [...sentences, "no Deployment became available"];
}

function wrongFigures({ all_bound_s, all_gone_s, processes }: Report, names: readonly string[]): string[] {
  const times = [all_bound_s, all_gone_s].every((value) => Number.isFinite(value) && value > 0);
  const unmeasured = names.filter((name) => {
    const samples = processes[name];
    if (!samples) return true;
    const { idle, bound, end } = samples;
    return !(idle.rss_mb > 0 && bound.rss_mb > 0 && end.peak_mb > 0 && end.cpu_s >= bound.cpu_s && bound.cpu_s > 0);
  });
  return [...(times ? [] : ["no times"]), ...unmeasured.map((name) => `${name} was not measured`)];
}
