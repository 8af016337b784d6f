/** Probes every running container that wants it, and holds the verdicts. */
import type { Container, Pod, Probe } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Cri } from "../cri/client.ts";
import type { PodEvents } from "../pods/events.ts";
import type { KindedContainer } from "../pods/pod.ts";
import type { ContainerRecord } from "../runtime/state.ts";
import { runProbe } from "./run.ts";
import { advance, initialState, type ProbeKind, type ProbeState } from "./state.ts";

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
  /** Why the container is to be killed: the text of the Killing event. */
  readonly failure: string | undefined;
}

const probeFields = { startup: "startupProbe", readiness: "readinessProbe", liveness: "livenessProbe" } as const;
const kinds: readonly ProbeKind[] = ["startup", "readiness", "liveness"];
const titles = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" } as const;

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
      states: new Map(wanted.map((kind) => [kind, adoptedState(kind, of.before) ?? initialState(kind)])),
      stop: new AbortController(),
    };
    this.#containers.set(of.run.id, probed);
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
    const failure =
      failed === undefined ? undefined : `Container ${kinded.container.name} failed ${failed} probe, will be restarted`;
    return { started, ready, failure };
  }

  /** The container ended, or its pod goes: for a pod that is terminating only readiness probes stay, so nothing restarts. */
  stop(id: string): void {
    this.#containers.get(id)?.stop.abort();
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
    const firstAt = probed.run.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
    await clock.sleep(Math.max(0, firstAt - clock.now()), signal);
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    while (!signal.aborted && (kind === "readiness" || probed.restarting)) {
      const began = clock.now();
      if (this.#mayProbe(probed, kind)) await this.#probeOnce(probed, kind, probe);
      if (kind === "startup" && probed.states.get("startup")?.verdict === "success") return;
      if (kind !== "readiness" && probed.states.get(kind)?.verdict === "failure") return;
      await clock.sleep(Math.max(0, periodMs - (clock.now() - began)), signal);
    }
  }

  /** Liveness and readiness wait for the startup probe. */
  #mayProbe({ states }: ProbedContainer, kind: ProbeKind): boolean {
    return kind === "startup" || !states.has("startup") || states.get("startup")?.verdict === "success";
  }

  async #probeOnce(probed: ProbedContainer, kind: ProbeKind, probe: Probe): Promise<void> {
    const { cri, events } = this.#options;
    const { run, kinded, podIP, stop } = probed;
    const target = { cri, containerId: run.id, container: kinded.container, podIP, signal: stop.signal };
    const { outcome, output } = await runProbe(probe, target);
    if (stop.signal.aborted) return;
    if (outcome === "failure") {
      events.container(probed.pod, kinded, "Warning", "Unhealthy", `${titles[kind]} probe failed: ${output}`);
    } else if (outcome === "unknown") {
      const text = `${titles[kind]} probe errored and resulted in unknown state: ${output}`;
      events.container(probed.pod, kinded, "Warning", "Unhealthy", text);
    }
    const before = probed.states.get(kind) ?? initialState(kind);
    const next = advance(before, outcome, probe);
    probed.states.set(kind, next);
    if (next.verdict !== before.verdict) probed.changed();
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
