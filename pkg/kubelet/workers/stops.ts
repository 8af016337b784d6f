/** The containers of one pod that are being stopped, each once, beside the worker: a grace may be long. */
import type { Pod } from "#api/types/core/v1";
import { gracePeriodOf, type KindedContainer, uidOf } from "../pods/pod.ts";
import type { ContainerRecord, PodRecord } from "../runtime/state.ts";
import type { WorkerContext } from "./context.ts";

/** Why and how a container is stopped. */
export interface Stop {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The text of the Killing event. */
  readonly message: string;
  /** Default: the pod's. */
  readonly graceSeconds?: number | undefined;
}

export class ContainerStops {
  readonly #context: WorkerContext;
  readonly #stopped: () => void;
  /** By the container's id. */
  readonly #running = new Map<string, Promise<void>>();

  /** `stopped` is called after each, also when it failed. */
  constructor(context: WorkerContext, stopped: () => void) {
    this.#context = context;
    this.#stopped = stopped;
  }

  /** Resolves when the container has stopped or could not be stopped. */
  stop(run: ContainerRecord, kinded: KindedContainer, { pod, ...more }: Stop): Promise<void> {
    const known = this.#running.get(run.id);
    if (known) return known;
    const { killer, log, probes } = this.#context;
    probes.stopRestarting(run.id);
    const stopped = killer
      .container(run, kinded, { pod, ...more, graceSeconds: more.graceSeconds ?? gracePeriodOf(pod) })
      .catch((err: unknown) => log.warn({ err, container: run.name, pod: uidOf(pod) }, "a container was not stopped"))
      .finally(() => {
        this.#running.delete(run.id);
        this.#stopped();
      });
    this.#running.set(run.id, stopped);
    return stopped;
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }
}
