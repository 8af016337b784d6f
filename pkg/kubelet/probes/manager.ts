/** Probes every running container that wants it, and holds the verdicts. */
import type { Container, Pod, Probe } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Cri } from "../cri/client.ts";
import type { PodEvents } from "../pods/events.ts";
import type { KindedContainer } from "../pods/pod.ts";
import type { ContainerRecord } from "../runtime/state.ts";
import { type ProbeTarget, runProbe } from "./run.ts";
import { advance, initialState, type ProbeKind, type ProbeOutcome, type ProbeState } from "./state.ts";

export interface ProbeManagerOptions {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly events: PodEvents;
  readonly log: Logger;
}

interface ProbedContainer {
  pod: Pod;
  readonly kinded: KindedContainer;
  readonly run: ContainerRecord;
  readonly podIP: string;
  readonly states: Map<ProbeKind, ProbeState>;
  readonly stop: AbortController;
  readonly changed: () => void;
  /** Settled once the startup probe has succeeded, at once without one. */
  readonly started: PromiseWithResolvers<void>;
  startedAt: number;
  /** Whether a failing probe may still get the container restarted. */
  restarting: boolean;
}

export interface ProbedRun {
  readonly run: ContainerRecord;
  readonly podIP: string;
  readonly changed: () => void;
  /** What was last written of this same run, by a kubelet that ran before: it holds until a probe says otherwise. */
  readonly before?: { readonly ready: boolean; readonly started: boolean } | undefined;
}

export interface Verdicts {
  readonly started: boolean;
  readonly ready: boolean;
  /** Why the container is to be killed: the text of the Killing event, and the grace that the probe gives; else the pod's. */
  readonly failure: { readonly message: string; readonly graceSeconds: number | undefined } | undefined;
}

const probeFields = { startup: "startupProbe", readiness: "readinessProbe", liveness: "livenessProbe" } as const;
const kinds: readonly ProbeKind[] = ["startup", "readiness", "liveness"];
const titles = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" } as const;

/**
 * Upstream's first probe comes up to a second after the start, once the kubelet has seen the container run. Ours is told of the
 * start at once: a failure within this time would be news of nothing, a success is worth having early.
 */
const settlingMs = 1000;
const earlyMs = [50, 150, 400];
/** A process each. */
const earlyExecMs = [200];

export class ProbeManager implements Disposable {
  readonly #options: ProbeManagerOptions;
  readonly #containers = new Map<string, ProbedContainer>();

  constructor(options: ProbeManagerOptions) {
    this.#options = options;
  }

  /** Starts probing a running container; idempotent. `changed` is called when a verdict changes. */
  ensure(pod: Pod, kinded: KindedContainer, of: ProbedRun): void {
    const known = this.#containers.get(of.run.id);
    if (known) {
      known.pod = pod;
      return;
    }
    const wanted = kinds.filter((kind) => probeOf(kinded, kind) !== undefined);
    if (wanted.length === 0) return;
    const probed: ProbedContainer = {
      pod,
      kinded,
      run: of.run,
      podIP: of.podIP,
      changed: of.changed,
      restarting: true,
      started: Promise.withResolvers(),
      startedAt: 0,
      states: new Map(wanted.map((kind) => [kind, adoptedState(kind, of.before) ?? initialState(kind)])),
      stop: new AbortController(),
    };
    this.#containers.set(of.run.id, probed);
    const startup = probed.states.get("startup");
    if (startup === undefined || startup.verdict === "success") probed.started.resolve();
    for (const kind of wanted) {
      this.#loop(probed, kind).catch((err: unknown) => {
        if (!probed.stop.signal.aborted) this.#options.log.error({ err, container: of.run.id }, "a probe stopped");
      });
    }
  }

  /** What is known of a running container. Without a startup probe it is started, without readiness ready. */
  verdicts(id: string, kinded: KindedContainer): Verdicts {
    const states = this.#containers.get(id)?.states;
    const has = (kind: ProbeKind): boolean => probeOf(kinded, kind) !== undefined;
    const verdict = (kind: ProbeKind) => states?.get(kind)?.verdict ?? initialState(kind).verdict;
    const started = !has("startup") || verdict("startup") === "success";
    const ready = started && (!has("readiness") || verdict("readiness") === "success");
    const failed = (["startup", "liveness"] as const).find((kind) => has(kind) && verdict(kind) === "failure");
    const failure = failed && {
      message: `Container ${kinded.container.name} failed ${failed} probe, will be restarted`,
      graceSeconds: probeOf(kinded, failed)?.terminationGracePeriodSeconds,
    };
    return { started, ready, failure };
  }

  /** The container ended, or its pod goes: for a pod that is terminating only readiness probes stay, so nothing restarts. */
  stop(id: string): void {
    const probed = this.#containers.get(id);
    probed?.stop.abort();
    // What waits for the start sees the signal.
    probed?.started.resolve();
    this.#containers.delete(id);
  }

  /** Ends the probes that could ask for a restart; readiness goes on while the containers shut down. */
  stopRestarting(id: string): void {
    const probed = this.#containers.get(id);
    for (const kind of ["startup", "liveness"] as const) {
      const state = probed?.states.get(kind);
      if (state) probed?.states.set(kind, { ...state, verdict: "success" });
    }
    if (probed) probed.restarting = false;
  }

  [Symbol.dispose](): void {
    for (const id of [...this.#containers.keys()]) this.stop(id);
  }

  async #loop(probed: ProbedContainer, kind: ProbeKind): Promise<void> {
    const { clock } = this.#options;
    const { signal } = probed.stop;
    const probe = probeOf(probed.kinded, kind);
    if (!probe) return;
    // Liveness and readiness wait for the startup probe.
    if (kind !== "startup") await probed.started.promise;
    const delayMs = (probe.initialDelaySeconds ?? 0) * 1000;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const began = Math.max(probed.run.startedAt + delayMs, kind === "startup" ? 0 : probed.startedAt);
    if (kind !== "liveness") await this.#early(probed, kind, probe, began);
    await this.#sleepUntil(began + Math.min(settlingMs, periodMs), signal);
    while (!signal.aborted && (kind === "readiness" || probed.restarting)) {
      const at = clock.now();
      await this.#probeOnce(probed, kind, probe);
      if (kind === "startup" && probed.states.get("startup")?.verdict === "success") return;
      if (kind !== "readiness" && probed.states.get(kind)?.verdict === "failure") return;
      await this.#sleepUntil(at + periodMs, signal);
    }
  }

  /** Looks a few times whether the container is ready already. A container that is still starting has not failed. */
  async #early(probed: ProbedContainer, kind: ProbeKind, probe: Probe, began: number): Promise<void> {
    const { signal } = probed.stop;
    for (const afterMs of probe.exec ? earlyExecMs : earlyMs) {
      await this.#sleepUntil(began + afterMs, signal);
      if (await this.#succeeds(probed, kind, probe)) return;
    }
  }

  async #succeeds(probed: ProbedContainer, kind: ProbeKind, probe: Probe): Promise<boolean> {
    const { outcome } = await runProbe(probe, this.#target(probed));
    if (outcome !== "success" || probed.stop.signal.aborted) return false;
    this.#take(probed, kind, { outcome, probe });
    return true;
  }

  #sleepUntil(at: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    return clock.sleep(Math.max(0, at - clock.now()), signal);
  }

  #target({ run, kinded, podIP, stop }: ProbedContainer): ProbeTarget {
    return { cri: this.#options.cri, containerId: run.id, container: kinded.container, podIP, signal: stop.signal };
  }

  async #probeOnce(probed: ProbedContainer, kind: ProbeKind, probe: Probe): Promise<void> {
    const { events } = this.#options;
    const { kinded, stop } = probed;
    const { outcome, output, warning } = await runProbe(probe, this.#target(probed));
    if (stop.signal.aborted) return;
    if (warning)
      events.container(probed.pod, kinded, "Warning", "ProbeWarning", `${titles[kind]} probe warning: ${warning}`);
    if (outcome === "failure") {
      events.container(probed.pod, kinded, "Warning", "Unhealthy", `${titles[kind]} probe failed: ${output}`);
    } else if (outcome === "unknown") {
      const text = `${titles[kind]} probe errored and resulted in unknown state: ${output}`;
      events.container(probed.pod, kinded, "Warning", "Unhealthy", text);
    }
    this.#take(probed, kind, { outcome, probe });
  }

  #take(probed: ProbedContainer, kind: ProbeKind, { outcome, probe }: { outcome: ProbeOutcome; probe: Probe }): void {
    const before = probed.states.get(kind) ?? initialState(kind);
    const next = advance(before, outcome, probe);
    probed.states.set(kind, next);
    if (next.verdict === before.verdict) return;
    if (kind === "startup" && next.verdict === "success") this.#markStarted(probed);
    probed.changed();
  }

  #markStarted(probed: ProbedContainer): void {
    probed.startedAt = this.#options.clock.now();
    probed.started.resolve();
  }
}

function adoptedState(kind: ProbeKind, before: ProbedRun["before"]): ProbeState | undefined {
  const held = (kind === "readiness" && before?.ready) || (kind === "startup" && before?.started);
  return held ? { ...initialState(kind), verdict: "success" } : undefined;
}

function probeOf({ container, kind: of }: KindedContainer, kind: ProbeKind): Probe | undefined {
  if (of === "ephemeral") return undefined;
  return (container as Container)[probeFields[kind]];
}
