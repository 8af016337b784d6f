/** The loop: takes the next pod, finds it a node, assumes it there, and binds it while the next one is looked at. */
import type { Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";
import type { Client } from "#pkg/client/types.ts";
import type { ClusterCache } from "./cache/cluster-cache.ts";
import type { NodeState } from "./cache/node-state.ts";
import type { PodInfo } from "./cache/types.ts";
import type { EventSink } from "./events.ts";
import { findNode, type Search } from "./find-node.ts";
import type { BindContext } from "./framework/plugin.ts";
import type { Profile, Rejection } from "./framework/profile.ts";
import type { Verdict } from "./framework/verdict.ts";
import { fitMessage } from "./message.ts";
import type { SchedulerMetrics } from "./metrics.ts";
import type { Nominations } from "./nominations.ts";
import type { QueuedPod, SchedulingQueue } from "./queue/scheduling-queue.ts";

export interface SchedulerParts {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly cache: ClusterCache;
  readonly queue: SchedulingQueue;
  readonly nominations: Nominations;
  readonly profiles: ReadonlyMap<string, Profile>;
  readonly events: EventSink;
  readonly metrics: SchedulerMetrics;
  /** The pod as the watch last showed it; undefined when it is gone. */
  readonly latest: (key: string) => Readonly<Pod> | undefined;
  readonly random: () => number;
}

/** Bindings under way at once. */
const bindingsMax = 64;
/** How long cycles may run before other work of the process gets a turn. */
const turnMsMax = 5;

export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #bindings = new TransientMap<number, Promise<void>>();
  #lastBinding = 0;
  /** Of the bindings, those that wait for something that may take minutes. */
  #waitingAside = 0;
  #startAt = 0;
  /** Wakes the loop when a binding has ended. */
  #wake: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    this.#parts = parts;
  }

  /** Runs until aborted; waits for the bindings under way. */
  async run(signal: AbortSignal): Promise<void> {
    let turnStarted = performance.now();
    try {
      for (;;) {
        const queued = await this.#parts.queue.pop(signal);
        this.#scheduleOne(queued, signal);
        if (this.#bindings.size - this.#waitingAside >= bindingsMax) await this.#oneBindingLess();
        if (performance.now() - turnStarted > turnMsMax) {
          await new Promise(setImmediate);
          turnStarted = performance.now();
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await Promise.allSettled(this.#bindings.values());
    }
  }

  #scheduleOne(queued: QueuedPod, signal: AbortSignal): void {
    const { cache, nominations, profiles, queue, metrics, random } = this.#parts;
    const pod = queued.info;
    const profile = profiles.get(pod.pod.spec.schedulerName ?? "default-scheduler");
    if (!profile || pod.pod.metadata.deletionTimestamp || cache.isPlaced(pod.key)) return queue.done(pod.key);
    const started = performance.now();
    let search: Search;
    try {
      search = findNode(pod, { cache, profile, nominations, random, startAt: this.#startAt });
    } catch (error) {
      search = { kind: "error", error: StatusError.from(error) };
    }
    metrics.algorithmSeconds.observe((performance.now() - started) / 1000);
    if (search.kind !== "found") return this.#track(this.#failed(queued, profile, search, started, signal));
    this.#startAt = (this.#startAt + search.evaluated) % Math.max(1, cache.nodes.length);
    cache.assume(pod, search.node.name);
    const refused = profile.reserve(pod, search.node);
    if (refused) return this.#track(this.#refused(queued, profile, { refused, node: search.node, started }, signal));
    this.#track(this.#bind(queued, profile, search.node, started, signal));
  }

  #track(work: Promise<void>): void {
    const id = ++this.#lastBinding;
    const tracked = work
      .catch((error: unknown) => this.#parts.log.error({ err: error }, "scheduling work failed"))
      .finally(() => {
        this.#bindings.delete(id);
        this.#wake?.();
      });
    this.#bindings.set(id, tracked);
  }

  /** Unlike a race, leaves nothing behind on the bindings that go on. */
  #oneBindingLess(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }

  async #aside<T>(work: () => Promise<T>): Promise<T> {
    this.#waitingAside++;
    this.#wake?.();
    try {
      return await work();
    } finally {
      this.#waitingAside--;
    }
  }

  async #bind(
    queued: QueuedPod,
    profile: Profile,
    node: NodeState,
    started: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { queue, nominations, events, metrics, clock, log } = this.#parts;
    const pod = queued.info;
    if (profile.willPreBind(pod)) await this.#nominate(pod, node.name, signal);
    const refused = await profile.bind(pod, node, this.#bindContext(signal));
    if (refused) return this.#refused(queued, profile, { refused, node, started }, signal);
    nominations.remove(pod.key);
    queue.done(pod.key);
    const labels = { profile: profile.schedulerName, result: "scheduled" };
    metrics.attempts.inc(labels);
    metrics.attemptSeconds.observe(labels, (performance.now() - started) / 1000);
    metrics.podSeconds.observe({ attempts: queued.attempts }, (clock.now() - queued.since) / 1000);
    log.debug({ pod: pod.key, node: node.name }, "pod bound");
    events.emit({
      pod: pod.pod,
      type: "Normal",
      reason: "Scheduled",
      action: "Binding",
      note: `Successfully assigned ${pod.key} to ${node.name}`,
    });
  }

  /** The pod does not get the node that was found for it: what it took there is given back. */
  async #refused(
    queued: QueuedPod,
    profile: Profile,
    { refused, node, started }: { refused: Rejection; node: NodeState; started: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { cache, queue } = this.#parts;
    const pod = queued.info;
    await profile.unreserve(pod, node, this.#bindContext(signal));
    cache.forget(pod.key, pod.uid);
    queue.onEvent({ kind: "podGone", pod: pod.pod });
    const { plugin, verdict } = refused;
    const search: Exclude<Search, { kind: "found" }> =
      verdict.kind === "error"
        ? { kind: "error", error: verdict.error }
        : { kind: "none", failures: new Map([[node.name, verdict]]), rejectedBy: new Set([plugin]) };
    return this.#failed(queued, profile, search, started, signal);
  }

  #bindContext(signal: AbortSignal): BindContext {
    return { signal, aside: (work) => this.#aside(work) };
  }

  /** Tells autoscalers and people where a pod will go that has to wait for its volumes or claims before. */
  async #nominate(pod: PodInfo, nominatedNodeName: string, signal: AbortSignal): Promise<void> {
    const { name = "", namespace = "", uid } = pod.pod.metadata;
    const patch = { metadata: { uid }, status: { nominatedNodeName } };
    try {
      const options = { type: "strategic", subresource: "status", signal } as const;
      await this.#parts.client.pods.patch({ namespace, name }, patch, options);
    } catch (error) {
      if (!signal.aborted) this.#parts.log.warn({ err: error, pod: pod.key }, "a nominated node was not written");
    }
  }

  async #failed(
    queued: QueuedPod,
    profile: Profile,
    search: Exclude<Search, { kind: "found" }>,
    started: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { cache, queue, metrics, log, events, latest } = this.#parts;
    const pod = queued.info;
    const result = search.kind === "error" ? "error" : "unschedulable";
    let message = search.kind === "error" ? search.error.message : "";
    // A pod that broke on its way to a node is promised none any more.
    let nominated = search.kind === "error" ? "" : undefined;
    if (search.kind === "none") {
      message = fitMessage(cache.nodes.length, search.failures, search.preFilterReason);
      const post = cache.nodes.length > 0 ? await this.#postFilter(pod, profile, search.failures, signal) : undefined;
      nominated = post?.nominatedNode;
      if (post?.message) message = `${message} ${post.message}`;
    }
    const labels = { profile: profile.schedulerName, result };
    metrics.attempts.inc(labels);
    metrics.attemptSeconds.observe(labels, (performance.now() - started) / 1000);
    queue.giveBack(queued, search.kind === "none" ? search.rejectedBy : new Set());
    const current = latest(pod.key);
    if (!current || current.metadata.uid !== pod.uid || current.spec.nodeName) return queue.remove(pod.key);
    log.debug({ pod: pod.key, message }, "pod could not be scheduled");
    events.emit({ pod: current, type: "Warning", reason: "FailedScheduling", action: "Scheduling", note: message });
    const reason = search.kind === "error" ? "SchedulerError" : "Unschedulable";
    await this.#reportCondition(current, { reason, message, nominated }, signal);
  }

  async #postFilter(pod: PodInfo, profile: Profile, failures: ReadonlyMap<string, Verdict>, signal: AbortSignal) {
    const { log } = this.#parts;
    const messages: string[] = [];
    for (const plugin of profile.postFilters) {
      try {
        const result = await plugin.postFilter(pod, failures, signal);
        if (result.nominatedNode) return result;
        if (result.message) messages.push(result.message);
      } catch (error) {
        log.warn({ err: error, pod: pod.key, plugin: plugin.name }, "making room for the pod failed");
      }
    }
    return { message: messages.join(", ") };
  }

  async #reportCondition(
    pod: Readonly<Pod>,
    { reason, message, nominated }: { reason: string; message: string; nominated: string | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const old = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
    const same = old?.status === "False" && old.reason === reason && old.message === message;
    if (same && (nominated === undefined || nominated === (pod.status?.nominatedNodeName ?? ""))) return;
    const { name = "", namespace = "", uid, generation } = pod.metadata;
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime:
        old?.status === "False"
          ? old.lastTransitionTime
          : new Date(this.#parts.clock.now()).toISOString().replace(/\.\d+Z$/, "Z"),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    const status = {
      conditions: [condition],
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated || null }),
    };
    const patch = { metadata: { uid }, status };
    try {
      await this.#parts.client.pods.patch({ namespace, name }, patch, {
        type: "strategic",
        subresource: "status",
        signal,
      });
    } catch (error) {
      const { reason: why } = StatusError.from(error);
      if (why !== "NotFound" && why !== "Conflict" && !signal.aborted) {
        this.#parts.log.warn({ err: error, pod: `${namespace}/${name}` }, "pod condition could not be written");
      }
    }
  }
}
