import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client, Informer } from "#pkg/client/types.ts";
import type { ClusterCache } from "../../cache/cluster-cache.ts";
import type { NodeState } from "../../cache/node-state.ts";
import type { PodInfo } from "../../cache/types.ts";
import type { PostFilterPlugin } from "../../framework/plugin.ts";
import type { Profile } from "../../framework/profile.ts";
import type { Verdict } from "../../framework/verdict.ts";
import { countedReasons } from "../../message.ts";
import type { Nominations } from "../../nominations.ts";
import { type Candidate, pickCandidate, selectVictims } from "./select-victims.ts";

export interface PreemptionOptions {
  readonly client: Client;
  readonly cache: ClusterCache;
  readonly nominations: Nominations;
  readonly budgets: Informer<PodDisruptionBudget>;
  /** The profile whose filters decide; asked late because the profile holds this plugin. */
  readonly profile: () => Profile;
  readonly onAttempt: () => void;
  /** Tells the victim's owner why it went. */
  readonly onPreempted: (victim: PodInfo, by: PodInfo, node: string) => void;
}

/** A tenth of the nodes, at least 100: enough to find a good candidate in a large cluster. */
const candidatesMin = 100;

/** Makes room for a pod by deleting pods of lower priority from the node where that hurts least. */
export function defaultPreemption(options: PreemptionOptions): PostFilterPlugin {
  return {
    name: "DefaultPreemption",
    async postFilter(pod, failures, signal) {
      options.onAttempt();
      const ineligible = whyNotEligible(pod, options);
      if (ineligible) return { message: `preemption: ${ineligible}` };
      const { candidates, verdicts } = findCandidates(pod, failures, options);
      const chosen = pickCandidate(candidates);
      if (!chosen) return { message: noCandidates(verdicts, failures.size) };
      await evict(chosen, pod, options, signal);
      return { nominatedNode: chosen.node.name, message: "" };
    },
  };
}

function whyNotEligible(pod: PodInfo, { cache }: PreemptionOptions): string | undefined {
  if (pod.pod.spec.preemptionPolicy === "Never") return "not eligible due to preemptionPolicy=Never.";
  const nominated = pod.pod.status?.nominatedNodeName;
  const node = nominated ? cache.nodeNamed(nominated) : undefined;
  const leaving =
    node && [...node.pods.values()].some((p) => p.priority < pod.priority && p.pod.metadata.deletionTimestamp);
  return leaving ? "not eligible due to a terminating pod on the nominated node." : undefined;
}

function findCandidates(pod: PodInfo, failures: ReadonlyMap<string, Verdict>, options: PreemptionOptions) {
  const verdicts = new Map<string, number>();
  const count = (reason: string) => verdicts.set(reason, (verdicts.get(reason) ?? 0) + 1);
  const nodes: NodeState[] = [];
  for (const [name, verdict] of failures) {
    const node = options.cache.nodeNamed(name);
    if (node && verdict.kind === "unschedulable") nodes.push(node);
    else count("Preemption is not helpful for scheduling");
  }
  const candidates: Candidate[] = [];
  const budgets = [...options.budgets.list()];
  const enough = Math.max(candidatesMin, Math.floor(nodes.length / 10));
  for (const node of nodes) {
    if (candidates.length >= enough) break;
    const candidate = selectVictims({ pod, node, cache: options.cache, profile: options.profile(), budgets });
    if (candidate) candidates.push(candidate);
    else count("No preemption victims found for incoming pod");
  }
  return { candidates, verdicts };
}

function noCandidates(verdicts: ReadonlyMap<string, number>, nodeCount: number): string {
  return `preemption: 0/${nodeCount} nodes are available: ${countedReasons(verdicts)}.`;
}

async function evict(chosen: Candidate, pod: PodInfo, options: PreemptionOptions, signal: AbortSignal): Promise<void> {
  options.nominations.set(pod, chosen.node.name);
  for (const other of options.nominations.on(chosen.node.name)) {
    if (other.priority < pod.priority) options.nominations.remove(other.key);
  }
  await Promise.all(chosen.victims.map((victim) => evictOne(victim, pod, chosen.node.name, options, signal)));
}

async function evictOne(victim: PodInfo, by: PodInfo, node: string, options: PreemptionOptions, signal: AbortSignal) {
  const { name = "", namespace = "", uid } = victim.pod.metadata;
  if (victim.pod.metadata.deletionTimestamp) return;
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "PreemptionByScheduler",
    message: `${by.pod.spec.schedulerName ?? "default-scheduler"}: preempting to accommodate a higher priority pod`,
    lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await options.client.pods.patch({ namespace, name }, patch, { type: "strategic", subresource: "status", signal });
    await options.client.pods.delete({ namespace, name }, { body: uid ? { preconditions: { uid } } : {}, signal });
    options.onPreempted(victim, by, node);
  } catch (error) {
    // Already gone is what was wanted.
    if (StatusError.from(error).reason !== "NotFound") throw error;
  }
}
