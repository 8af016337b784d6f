/**
 * The extension points of the scheduler. A cycle runs, for one pod:
 *
 *   preFilter → filter (each node) → [postFilter if no node passed] → preScore → score (each node) → normalize
 *   → reserve → permit → preBind → bind → postBind
 *
 * Everything up to `reserve` is synchronous: the cluster view cannot change under a cycle, so no snapshot is copied.
 * `permit` and what follows run asynchronously, several pods at once, on the assumption that the pod is on its node.
 */
import type { ClusterView, NodeInfo, PodInfo } from "../cache/types.ts";
import type { ClusterEvent } from "./cluster-event.ts";
import type { Verdict } from "./verdict.ts";

export interface PreFilterResult<State> {
  /** Anything but ok ends the cycle: no node can take the pod. */
  readonly verdict?: Verdict;
  /** Only these nodes need to be looked at. */
  readonly nodes?: ReadonlySet<string>;
  /** Handed to this plugin's filter. Undefined together with `skip` false is a legal state. */
  readonly state?: State;
  /** This plugin's filter has nothing to say of this pod and is not called. */
  readonly skip?: boolean;
}

/** What preFilter answers for most pods: made once, since it is asked for every pod. */
export const skipped = { skip: true } as const;

export interface PreScoreResult<State> {
  readonly state?: State;
  /** This plugin does not distinguish nodes for this pod: it is not asked to score. */
  readonly skip?: boolean;
}

/** How raw scores become 0…100: `default` scales the highest to 100, `reverse` also turns the order round. */
export type Normalize = "none" | "default" | "reverse" | ((scores: Float64Array) => void);

export interface BindContext {
  readonly signal: AbortSignal;
  /** Does what may take minutes (a volume being made) without holding one of the places for bindings under way. */
  aside<T>(work: () => Promise<T>): Promise<T>;
}

export interface PostFilterResult {
  /** Node where the pod should fit once the victims are gone. */
  readonly nominatedNode?: string;
  /** Added to the FailedScheduling message. */
  readonly message: string;
}

/** `F` is the state from preFilter to filter, `S` from preScore to score. */
export interface Plugin<F = unknown, S = unknown> {
  readonly name: string;
  /** Called before a pod enters the active queue; not ok keeps it out until it changes or `gateOpensOn` happens. */
  preEnqueue?(pod: PodInfo): Verdict;
  /** Kinds of events after which `preEnqueue` is asked again of those pods that `requeueOn` says they may help. */
  readonly gateOpensOn?: readonly ClusterEvent["kind"][];
  preFilter?(pod: PodInfo, cluster: ClusterView): PreFilterResult<F>;
  filter?(pod: PodInfo, node: NodeInfo, state: F): Verdict;
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], cluster: ClusterView): PreScoreResult<S>;
  score?(pod: PodInfo, node: NodeInfo, state: S): number;
  readonly normalize?: Normalize;
  /** Takes what the pod needs on the chosen node; `unreserve` must undo it and may be called without `reserve`. */
  reserve?(pod: PodInfo, node: NodeInfo): Verdict;
  unreserve?(pod: PodInfo, node: NodeInfo, context: BindContext): void | Promise<void>;
  /** Holds the pod until it resolves; anything but ok returns it to the queue. */
  permit?(pod: PodInfo, node: NodeInfo, context: BindContext): Promise<Verdict>;
  /** After `reserve`: whether preBind has something to do, so that the pod should name its node while it is done. */
  willPreBind?(pod: PodInfo): boolean;
  preBind?(pod: PodInfo, node: NodeInfo, context: BindContext): Promise<Verdict>;
  /** The first bind plugin that answers with a verdict has bound the pod; undefined passes it on. */
  bind?(pod: PodInfo, node: NodeInfo, context: BindContext): Promise<Verdict | undefined>;
  postBind?(pod: PodInfo, node: NodeInfo): void;
  /** Whether this event may make a pod schedulable that this plugin turned down. Absent: every event may. */
  requeueOn?(pod: PodInfo, event: ClusterEvent): boolean;
}

/** Called when no node passed; the first that nominates a node ends the search. */
export interface PostFilterPlugin {
  readonly name: string;
  postFilter(pod: PodInfo, failures: ReadonlyMap<string, Verdict>, signal: AbortSignal): Promise<PostFilterResult>;
}

/** Types a plugin's two states against each other, then forgets them: the framework only carries them. */
export function definePlugin<F = undefined, S = undefined>(plugin: Plugin<F, S>): Plugin {
  return plugin as unknown as Plugin;
}
