/**
 * Keeps the node alive when something runs short: measures, shows conditions, gives back what the node can do without, and
 * then ends one pod after the other. Pods that keep more on disk than they may go too. Behaviour is that of upstream's
 * eviction manager, "Node-pressure Eviction" in the documentation.
 */
import type { Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Refusal } from "../node/admission.ts";
import type { PodEvents } from "../pods/events.ts";
import { isCritical, nameOf, namespaceOf } from "../pods/pod.ts";
import type { PodVerdict } from "../status/generate.ts";
import { refusalUnderPressure } from "./admission.ts";
import { type FileSystemLayout, reclaimableFor, withContainerThresholds } from "./filesystems.ts";
import { LimitWatch } from "./limit-watch.ts";
import { type EvictionText, evictedReason, evictionText } from "./messages.ts";
import { type EvictionMetrics, evictionMetrics } from "./metrics.ts";
import type { NodeMeter } from "./node-meter.ts";
import { allFiles, type PodMeter, type RuntimeStats } from "./pod-meter.ts";
import type { PodUse } from "./pod-use.ts";
import { calm, nextPressure, thresholdsMet } from "./pressure.ts";
import { type Ranked, rankForEviction } from "./rank.ts";
import type { Eviction } from "./settings.ts";
import { isMemorySignal, type Observations, type PressureCondition, resourceOf } from "./signals.ts";
import { isHard, type Threshold } from "./thresholds.ts";

/** A pod that may have to go. */
export interface EvictablePod {
  readonly pod: Pod;
  /** It was admitted, and nothing has ended it yet. */
  readonly occupies: boolean;
  /** Resolves when its containers are stopped and its volumes gone. */
  readonly down: Promise<void>;
  fail(verdict: PodVerdict, graceSeconds: number): void;
}

/** What the node can give back by itself. */
export interface Reclaimers {
  /** Dead containers and those of ended pods. */
  containers(): Promise<void>;
  /** Images that nobody uses. */
  images(): Promise<void>;
}

export interface EvictionManagerOptions {
  readonly eviction: Eviction;
  readonly nodeName: string;
  readonly nodeMeter: Pick<NodeMeter, "layout" | "observe">;
  readonly podMeter: PodMeter;
  readonly reclaim: Reclaimers;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

const roundMs = 10_000;
/** Of a hard threshold, and the least of any. */
const hardGraceSeconds = 1;
/** For the runtime to stop a pod beyond its grace, and for what comes after. */
const killMsMin = 10_000;
const cleanUpMsMax = 30_000;

/** Why a pod goes: what its status and its Event say. */
interface Reason extends EvictionText {
  readonly graceSeconds: number;
  /** Whether the pod's condition DisruptionTarget says so too. */
  readonly disruption: boolean;
}

interface FileSystems {
  readonly layout: FileSystemLayout;
  readonly thresholds: readonly Threshold[];
}

interface Round extends FileSystems {
  readonly observations: Observations;
  readonly measuredAt: number;
}

export class EvictionManager {
  readonly metrics: EvictionMetrics = evictionMetrics();
  readonly #options: EvictionManagerOptions;
  readonly #limits: LimitWatch;
  #state = calm;
  #conditions: readonly PressureCondition[] = [];
  /** Once the runtime has told where its images are. */
  #known: FileSystems | undefined;

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
    const { podMeter: meter, clock, log } = options;
    this.#limits = new LimitWatch({ meter, clock, log });
  }

  /** What the node's status shows. */
  get conditions(): readonly PressureCondition[] {
    return this.#conditions;
  }

  /** Undefined admits. */
  refusalOf(pod: Pod): Refusal | undefined {
    return refusalUnderPressure(pod, this.#conditions);
  }

  /** Until the signal; never rejects. */
  async run(pods: () => Iterable<EvictablePod>): Promise<void> {
    const { clock, log, signal } = this.#options;
    while (!signal.aborted) {
      try {
        // After an eviction the next look decides whether that was enough.
        if (await this.round([...pods()].filter(({ occupies }) => occupies))) continue;
      } catch (err) {
        if (!signal.aborted) log.warn({ err }, "the node was not looked after");
      }
      await clock.sleep(roundMs, signal).catch(() => undefined);
    }
  }

  /** One look. Resolves, when pods had to go, once they are down; returns whether any had to. */
  async round(pods: readonly EvictablePod[]): Promise<boolean> {
    const { eviction, nodeMeter, clock, log } = this.#options;
    if (eviction.thresholds.length === 0 && !eviction.localStorageLimits) return false;
    const { layout, thresholds } = await this.#fileSystems();
    const measuredAt = clock.now();
    const observations = await nodeMeter.observe();
    const { transitionMs } = eviction;
    const now = clock.now();
    const pressure = nextPressure(this.#state, { thresholds, observations, transitionMs, now });
    this.#state = pressure.state;
    this.#show(pressure.conditions);
    if (eviction.localStorageLimits && (await this.#enforceLimits(pods, layout))) return true;
    const [first] = pressure.acute;
    if (!first) return false;
    const round = { thresholds, layout, observations, measuredAt };
    log.warn({ signal: first.signal, observed: observations.get(first.signal) }, "the node runs short");
    this.#tellNode("EvictionThresholdMet", `Attempting to reclaim ${resourceOf(first.signal)}`);
    if (await this.#reclaim(first, round)) return false;
    return this.#evictOne(pods, pressure.acute, round);
  }

  /** A runtime that does not answer must not keep the node from looking after its memory. */
  async #fileSystems(): Promise<FileSystems> {
    if (this.#known) return this.#known;
    const { eviction, nodeMeter, log } = this.#options;
    const layout = await nodeMeter.layout().catch((err: unknown) => {
      log.warn({ err }, "the runtime did not tell where its images are");
      return undefined;
    });
    if (!layout) return { layout: "shared", thresholds: eviction.thresholds };
    const { thresholds, ignored } = withContainerThresholds(eviction.thresholds, layout);
    if (ignored.length > 0) log.warn({ thresholds: ignored }, "thresholds of the containers' file system are not used");
    this.#known = { layout, thresholds };
    return this.#known;
  }

  #show(conditions: readonly PressureCondition[]): void {
    if (conditions.join() !== this.#conditions.join())
      this.#options.log.info({ conditions }, "the node's pressure changed");
    this.#conditions = conditions;
  }

  #tellNode(reason: string, message: string): void {
    const { events, nodeName } = this.#options;
    events.node({ metadata: { name: nodeName } }, "Warning", reason, message);
  }

  /** Takes down every pod that exceeds a limit. */
  async #enforceLimits(pods: readonly EvictablePod[], layout: FileSystemLayout): Promise<boolean> {
    const found = await this.#limits.violations(pods, layout).catch((err: unknown) => {
      this.#options.log.warn({ err }, "limits of pods on the node's disk were not watched");
      return [];
    });
    const gone: Promise<void>[] = [];
    for (const { of, violation } of found) {
      const { message, signal } = violation;
      const reason = { message, annotations: {}, graceSeconds: hardGraceSeconds, disruption: false };
      if (!this.#evict(of, reason)) continue;
      this.metrics.evictions.inc({ eviction_signal: signal });
      gone.push(this.#untilDown(of, hardGraceSeconds));
    }
    await Promise.all(gone);
    return gone.length > 0;
  }

  /** Returns whether that was enough for every threshold. */
  async #reclaim({ signal }: Threshold, { layout, thresholds }: Round): Promise<boolean> {
    const { reclaim, nodeMeter, log } = this.#options;
    const can = reclaimableFor(signal, layout);
    if (!can.containers && !can.images) return false;
    for (const what of ["containers", "images"] as const) {
      if (!can[what]) continue;
      await reclaim[what]().catch((err: unknown) => log.warn({ err, what }, "the node gave less back than it has"));
    }
    return thresholdsMet(thresholds, await nodeMeter.observe(), { withReclaim: true }).length === 0;
  }

  /** The first in the order that may go. */
  async #evictOne(pods: readonly EvictablePod[], acute: readonly Threshold[], round: Round): Promise<boolean> {
    const [first] = acute;
    if (!first) return false;
    const { clock, log } = this.#options;
    const { signal } = first;
    const { observations, layout, measuredAt } = round;
    const measured = await this.#measure(pods, first);
    for (const one of rankForEviction(measured, signal, layout)) {
      const cause = { resource: resourceOf(signal), thresholds: acute, observations };
      const graceSeconds = this.#graceFor(one.pod, first);
      const reason = { ...evictionText(one.pod, one.use, cause), graceSeconds, disruption: true };
      if (!this.#evict(one.of, reason)) continue;
      this.metrics.evictions.inc({ eviction_signal: signal });
      this.metrics.statsAge.observe({ eviction_signal: signal }, (clock.now() - measuredAt) / 1000);
      await this.#untilDown(one.of, graceSeconds);
      return true;
    }
    log.warn({ signal }, "the node runs short and no pod can go");
    return false;
  }

  async #measure(
    pods: readonly EvictablePod[],
    { signal }: Threshold,
  ): Promise<(Ranked & { readonly of: EvictablePod })[]> {
    const { podMeter, log } = this.#options;
    const stats: RuntimeStats = await podMeter.runtimeStats().catch((err: unknown) => {
      log.warn({ err }, "the runtime did not tell what pods use");
      return new Map();
    });
    const files = !isMemorySignal(signal) && resourceOf(signal) !== "pids";
    const measured = [];
    for (const of of pods) {
      const { pod } = of;
      const looking =
        files && stats.has(pod.metadata.uid ?? "") ? podMeter.files(pod, stats, allFiles) : podMeter.load(pod, stats);
      const use: PodUse | undefined = await looking.catch((err: unknown) => {
        log.debug({ err, pod: nameOf(pod) }, "a pod was not measured");
        return undefined;
      });
      measured.push({ of, pod, use });
    }
    return measured;
  }

  #graceFor(pod: Pod, threshold: Threshold): number {
    if (isHard(threshold)) return hardGraceSeconds;
    const { podGraceSecondsMax: max } = this.#options.eviction;
    const own = pod.spec.terminationGracePeriodSeconds ?? max;
    return Math.max(hardGraceSeconds, max < 0 ? own : Math.min(max, own));
  }

  /** Returns whether the pod goes: what the node stands on does not. */
  #evict(of: EvictablePod, { message, annotations, graceSeconds, disruption }: Reason): boolean {
    const { events, clock, log } = this.#options;
    const { pod } = of;
    const name = `${namespaceOf(pod)}/${nameOf(pod)}`;
    if (isCritical(pod)) {
      log.warn({ pod: name, message }, "a critical pod was not evicted");
      return false;
    }
    log.info({ pod: name, message, graceSeconds }, "a pod was evicted");
    events.pod(pod, "Warning", evictedReason, message, annotations);
    const target = disruption ? { disruption: { message, at: clock.now() } } : {};
    of.fail({ phase: "Failed", reason: evictedReason, message, ...target }, graceSeconds);
    return true;
  }

  async #untilDown({ pod, down }: EvictablePod, graceSeconds: number): Promise<void> {
    const { events, log, signal } = this.#options;
    if (await this.#within(down, Math.max(killMsMin, graceSeconds * 1500))) return;
    if (signal.aborted) return;
    const message = "Container runtime did not kill the pod within specified grace period.";
    events.pod(pod, "Warning", "ExceededGracePeriod", message);
    if (await this.#within(down, cleanUpMsMax)) return;
    log.warn({ pod: nameOf(pod) }, "an evicted pod was not cleaned up in time");
  }

  /** Whether it comes in that time; false too when the kubelet ends. */
  async #within(down: Promise<void>, ms: number): Promise<boolean> {
    const { clock, signal } = this.#options;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const stop = (): void => resolve(false);
    using _timer = clock.after(ms, stop);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    void down.then(() => resolve(true));
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}
