/** Stops containers and pods: preStop handlers first, then the stop signal, SIGKILL when the grace is over. */
import type { Pod } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Cri } from "../cri/client.ts";
import { isNotFound } from "../cri/errors.ts";
import { runHook } from "../lifecycle/hooks.ts";
import type { PodEvents } from "../pods/events.ts";
import { containersOf, isSidecar, type KindedContainer, uidOf } from "../pods/pod.ts";
import { type ContainerRecord, type PodRecord, readySandbox } from "../runtime/state.ts";

export interface KillerOptions {
  readonly cri: Cri;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Even without any grace a container gets a moment, as upstream gives. */
const graceSecondsMin = 2;
/** The runtime's own time around a stop. */
const stopSlackMs = 60_000;

export interface KillOptions {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly graceSeconds: number;
}

export class ContainerKiller {
  readonly #options: KillerOptions;

  constructor(options: KillerOptions) {
    this.#options = options;
  }

  /** Resolves when the container has ended. Rejects with CriError. */
  async container(
    run: ContainerRecord,
    kinded: KindedContainer | undefined,
    options: KillOptions & { message: string },
  ): Promise<void> {
    const { cri, events, clock, signal } = this.#options;
    const { pod, record, graceSeconds, message } = options;
    const began = clock.now();
    if (kinded) {
      events.container(pod, kinded, "Normal", "Killing", message);
      if (run.state === "running" && graceSeconds > 0) await this.#preStop(run, kinded, { pod, record, graceSeconds });
    }
    const spent = Math.floor((clock.now() - began) / 1000);
    const left = Math.max(graceSecondsMin, graceSeconds - spent);
    try {
      await cri.runtime(
        "StopContainer",
        { containerId: run.id, timeout: left },
        { signal, timeoutMs: left * 1000 + stopSlackMs },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  async #preStop(
    run: ContainerRecord,
    kinded: KindedContainer,
    { pod, record, graceSeconds }: KillOptions,
  ): Promise<void> {
    const handler = kinded.container.lifecycle?.preStop;
    if (!handler) return;
    const { cri, clock, events, log } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, AbortSignal.timeout(graceSeconds * 1000)]);
    const podIP = readySandbox(record)?.ips[0] ?? "";
    try {
      await runHook(handler, { cri, clock, containerId: run.id, container: kinded.container, podIP, signal });
    } catch (error) {
      log.warn({ err: error, container: run.name, pod: uidOf(pod) }, "a preStop handler failed");
      if (!signal.aborted) events.container(pod, kinded, "Warning", "FailedPreStopHook", "PreStopHook failed");
    }
  }

  /** Stops everything that runs: first all but the sidecars together, then the sidecars, the last one first. */
  async pod(options: KillOptions): Promise<void> {
    const { pod, record } = options;
    const { clock } = this.#options;
    const deadline = clock.now() + options.graceSeconds * 1000;
    const known = new Map(containersOf(pod).map((kinded) => [kinded.container.name, kinded]));
    const running = record.containers.filter(({ state }) => state === "running" || state === "unknown");
    const kill = (run: ContainerRecord): Promise<void> => {
      const left = Math.max(0, Math.ceil((deadline - clock.now()) / 1000));
      const graceSeconds = Math.min(options.graceSeconds, left);
      return this.container(run, known.get(run.name), {
        ...options,
        graceSeconds,
        message: `Stopping container ${run.name}`,
      });
    };
    const sidecar = ({ name }: ContainerRecord): boolean => {
      const kinded = known.get(name);
      return kinded !== undefined && isSidecar(kinded.container);
    };
    await Promise.all(running.filter((run) => !sidecar(run)).map(kill));
    const order = (pod.spec.initContainers ?? []).map(({ name }) => name);
    const sidecars = running.filter(sidecar).sort((a, b) => order.indexOf(b.name) - order.indexOf(a.name));
    for (const run of sidecars) await kill(run);
  }

  /** Stops the sandboxes: network and namespaces go. Idempotent. */
  async sandboxes(record: PodRecord): Promise<void> {
    const { cri, signal } = this.#options;
    for (const { id } of record.sandboxes) await cri.runtime("StopPodSandbox", { podSandboxId: id }, { signal });
  }

  /** Takes the pod's sandboxes and containers out of the runtime. */
  async remove(record: PodRecord): Promise<void> {
    const { cri, signal } = this.#options;
    for (const { id } of record.containers) await cri.runtime("RemoveContainer", { containerId: id }, { signal });
    for (const { id, ready } of record.sandboxes) {
      if (ready) await cri.runtime("StopPodSandbox", { podSandboxId: id }, { signal });
      await cri.runtime("RemovePodSandbox", { podSandboxId: id }, { signal });
    }
  }

  /** A shorter grace has come while the containers shut down: asks again with that. */
  async hasten(record: PodRecord, graceSeconds: number): Promise<void> {
    const { cri, signal, log } = this.#options;
    const running = record.containers.filter(({ state }) => state === "running");
    const stops = running.map(({ id }) =>
      cri.runtime("StopContainer", { containerId: id, timeout: Math.max(graceSecondsMin, graceSeconds) }, { signal }),
    );
    for (const result of await Promise.allSettled(stops)) {
      if (result.status === "rejected") log.debug({ err: result.reason }, "a hastened stop failed");
    }
  }
}
