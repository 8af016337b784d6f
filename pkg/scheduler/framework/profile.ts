/** A profile: which plugins run, in which order, with which weight. Calls them phase by phase. */
import type { ClusterView, NodeInfo, PodInfo } from "../cache/types.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { BindContext, Plugin, PostFilterPlugin } from "./plugin.ts";
import { failed, ok, type Verdict } from "./verdict.ts";

export interface ProfileOptions {
  readonly schedulerName: string;
  readonly plugins: readonly { readonly plugin: Plugin; readonly weight?: number }[];
  readonly postFilters: readonly PostFilterPlugin[];
}

/** A plugin's answer on one pod, with who gave it. */
export interface Rejection {
  readonly plugin: string;
  readonly verdict: Verdict;
}

/** What preFilter found: which plugins filter this pod, with what state, and on which nodes. */
export interface FilterPlan {
  readonly filters: readonly { plugin: Plugin; state: unknown }[];
  readonly nodes: ReadonlySet<string> | undefined;
  readonly rejection: Rejection | undefined;
}

export class Profile {
  readonly schedulerName: string;
  readonly postFilters: readonly PostFilterPlugin[];
  readonly #plugins: readonly Plugin[];
  readonly #weights: ReadonlyMap<string, number>;
  readonly #byName: ReadonlyMap<string, Plugin>;

  constructor({ schedulerName, plugins, postFilters }: ProfileOptions) {
    this.schedulerName = schedulerName;
    this.postFilters = postFilters;
    this.#plugins = plugins.map(({ plugin }) => plugin);
    this.#weights = new Map(plugins.map(({ plugin, weight }) => [plugin.name, weight ?? 1]));
    this.#byName = new Map(this.#plugins.map((plugin) => [plugin.name, plugin]));
  }

  /** The plugin that keeps the pod out of the active queue, if one does. */
  gateOf(pod: PodInfo): string | undefined {
    return this.#plugins.find((plugin) => plugin.preEnqueue && plugin.preEnqueue(pod).kind !== "ok")?.name;
  }

  /** Whether the plugin may let pods go that it kept out, after an event of this kind. */
  opensOn(gate: string, { kind }: ClusterEvent): boolean {
    return this.#byName.get(gate)?.gateOpensOn?.includes(kind) ?? false;
  }

  /** Whether the event may change the mind of a plugin that turned the pod down. */
  eventHelps(pod: PodInfo, rejectedBy: ReadonlySet<string>, event: ClusterEvent): boolean {
    for (const name of rejectedBy) {
      const plugin = this.#byName.get(name);
      if (!plugin?.requeueOn || plugin.requeueOn(pod, event)) return true;
    }
    return false;
  }

  preFilter(pod: PodInfo, cluster: ClusterView): FilterPlan {
    const filters: { plugin: Plugin; state: unknown }[] = [];
    let nodes: ReadonlySet<string> | undefined;
    for (const plugin of this.#plugins) {
      const result = plugin.preFilter?.(pod, cluster);
      if (result?.verdict && result.verdict.kind !== "ok") {
        return { filters, nodes, rejection: rejection(plugin, "preFilter", result.verdict) };
      }
      if (result?.nodes) nodes = nodes ? nodes.intersection(result.nodes) : result.nodes;
      if (plugin.filter && !result?.skip) filters.push({ plugin, state: result?.state });
    }
    return { filters, nodes, rejection: undefined };
  }

  /** The first plugin that turns the node down, or undefined when all accept it. */
  filter(pod: PodInfo, node: NodeInfo, plan: FilterPlan): Rejection | undefined {
    for (const { plugin, state } of plan.filters) {
      const verdict = plugin.filter!(pod, node, state);
      if (verdict.kind !== "ok") return rejection(plugin, "filter", verdict);
    }
    return undefined;
  }

  /** The total weighted score of each node, in the order of `nodes`. */
  score(pod: PodInfo, nodes: readonly NodeInfo[], cluster: ClusterView): Float64Array {
    const totals = new Float64Array(nodes.length);
    for (const plugin of this.#plugins) {
      if (!plugin.score) continue;
      const prepared = plugin.preScore?.(pod, nodes, cluster);
      if (prepared?.skip) continue;
      const scores = new Float64Array(nodes.length);
      for (let at = 0; at < nodes.length; at++) scores[at] = plugin.score(pod, nodes[at]!, prepared?.state);
      normalize(scores, plugin);
      const weight = this.#weights.get(plugin.name) ?? 1;
      for (let at = 0; at < nodes.length; at++) totals[at] = totals[at]! + scores[at]! * weight;
    }
    return totals;
  }

  /** After a refusal, as after any later one, `unreserve` is due. */
  reserve(pod: PodInfo, node: NodeInfo): Rejection | undefined {
    for (const plugin of this.#plugins) {
      const verdict = plugin.reserve?.(pod, node) ?? ok;
      if (verdict.kind !== "ok") return rejection(plugin, "reserve", verdict);
    }
    return undefined;
  }

  async unreserve(pod: PodInfo, node: NodeInfo, context: BindContext): Promise<void> {
    for (const plugin of this.#plugins.toReversed()) await plugin.unreserve?.(pod, node, context);
  }

  /** Whether some plugin has work to do before the pod can be bound. */
  willPreBind(pod: PodInfo): boolean {
    return this.#plugins.some((plugin) => plugin.willPreBind?.(pod));
  }

  /** permit → preBind → bind → postBind; the first refusal ends it. */
  async bind(pod: PodInfo, node: NodeInfo, context: BindContext): Promise<Rejection | undefined> {
    for (const phase of ["permit", "preBind"] as const) {
      for (const plugin of this.#plugins) {
        const verdict = (await plugin[phase]?.(pod, node, context)) ?? ok;
        if (verdict.kind !== "ok") return rejection(plugin, phase, verdict);
      }
    }
    for (const plugin of this.#plugins) {
      const verdict = await plugin.bind?.(pod, node, context);
      if (verdict === undefined) continue;
      if (verdict.kind !== "ok") return rejection(plugin, "bind", verdict);
      for (const each of this.#plugins) each.postBind?.(pod, node);
      return undefined;
    }
    return { plugin: "", verdict: failed(new Error("no plugin bound the pod")) };
  }
}

/** Where something broke, in upstream's words. */
const phases = {
  preFilter: (name: string) => `running PreFilter plugin "${name}"`,
  filter: (name: string) => `running "${name}" filter plugin`,
  reserve: (name: string) => `running Reserve plugin "${name}"`,
  permit: (name: string) => `running Permit plugin "${name}"`,
  preBind: (name: string) => `running PreBind plugin "${name}"`,
  bind: (name: string) => `running Bind plugin "${name}"`,
};

function rejection({ name }: Plugin, phase: keyof typeof phases, verdict: Verdict): Rejection {
  if (verdict.kind !== "error") return { plugin: name, verdict };
  const { error } = verdict;
  return { plugin: name, verdict: failed(new Error(`${phases[phase](name)}: ${error.message}`, { cause: error })) };
}

function normalize(scores: Float64Array, plugin: Plugin): void {
  const how = plugin.normalize ?? "none";
  if (how === "none") return;
  if (typeof how === "function") return how(scores);
  let high = 0;
  for (const score of scores) high = Math.max(high, score);
  for (let at = 0; at < scores.length; at++) {
    const scaled = high === 0 ? 0 : Math.floor((scores[at]! * 100) / high);
    scores[at] = how === "reverse" ? 100 - scaled : scaled;
  }
}
