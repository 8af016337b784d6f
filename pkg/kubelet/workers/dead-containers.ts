/**
 * Removes what pods have left in the runtime: older runs of containers and dead sandboxes of those that live, everything of
 * those that have ended when the node needs room. Those that nobody wants any more are not its matter: a relist finds them.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Cri } from "../cri/client.ts";
import { isNotFound } from "../cri/errors.ts";
import type { PodEvents } from "../pods/events.ts";
import type { RuntimeObserver } from "../runtime/observe.ts";
import type { ContainerRecord, PodRecord, SandboxRecord } from "../runtime/state.ts";
import { keptRuns, removeLogs } from "./remains.ts";

export interface DeadContainersOptions {
  readonly cri: Pick<Cri, "runtime">;
  readonly observer: Pick<RuntimeObserver, "all">;
  readonly nodeName: string;
  readonly events: PodEvents;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** `live`: it may still run something; `ended`: nothing of it will. Pods that are not there are left alone. */
export type PodStates = ReadonlyMap<string, "live" | "ended">;

const periodMs = 60_000;

export class DeadContainers {
  readonly #options: DeadContainersOptions;

  constructor(options: DeadContainersOptions) {
    this.#options = options;
  }

  /** Until the signal; never rejects. */
  async run(states: () => PodStates): Promise<void> {
    const { clock, events, log, nodeName, signal } = this.#options;
    while (!signal.aborted) {
      await this.remove(states(), { ofEnded: false }).catch((err: unknown) => {
        if (signal.aborted) return;
        log.warn({ err }, "dead containers were not removed");
        events.node({ metadata: { name: nodeName } }, "Warning", "ContainerGCFailed", (err as Error).message);
      });
      await clock.sleep(periodMs, signal).catch(() => undefined);
    }
  }

  /** `ofEnded`: pods that have ended keep nothing. Rejects with CriError when the runtime does not list them. */
  async remove(states: PodStates, { ofEnded }: { readonly ofEnded: boolean }): Promise<void> {
    const { observer, signal } = this.#options;
    for (const [uid, record] of await observer.all(signal)) {
      const state = states.get(uid);
      if (!state) continue;
      const { containers, sandboxes } = planRemoval(record, { everything: ofEnded && state === "ended" });
      for (const run of containers) await this.#container(run);
      for (const sandbox of sandboxes) await this.#sandbox(sandbox);
    }
  }

  async #container({ id, state, logPath }: ContainerRecord): Promise<void> {
    const { cri, signal } = this.#options;
    await this.#ignoring(id, async () => {
      if (state === "unknown") await cri.runtime("StopContainer", { containerId: id }, { signal });
      await cri.runtime("RemoveContainer", { containerId: id }, { signal });
      await removeLogs(logPath);
    });
  }

  async #sandbox({ id }: SandboxRecord): Promise<void> {
    const { cri, signal } = this.#options;
    await this.#ignoring(id, async () => {
      await cri.runtime("StopPodSandbox", { podSandboxId: id }, { signal });
      await cri.runtime("RemovePodSandbox", { podSandboxId: id }, { signal });
    });
  }

  /** What stays is found again. */
  async #ignoring(id: string, remove: () => Promise<void>): Promise<void> {
    try {
      await remove();
    } catch (err) {
      if (!isNotFound(err)) this.#options.log.debug({ err, id }, "a dead container or sandbox was not removed");
    }
  }
}

export interface Removal {
  readonly containers: readonly ContainerRecord[];
  readonly sandboxes: readonly SandboxRecord[];
}

/**
 * Of each container some dead runs stay, and so does the newest sandbox, and what still holds a container: upstream's policy
 * for containers (maximum-dead-containers-per-container) and sandboxes. Pure.
 */
export function planRemoval(
  { containers, sandboxes }: PodRecord,
  { everything }: { readonly everything: boolean },
): Removal {
  const dead = containers.filter(({ state }) => state === "exited" || state === "unknown");
  const byName = Map.groupBy(dead, ({ name }) => name);
  const going = new Set([...byName.values()].flatMap((runs) => runs.slice(everything ? 0 : keptRuns)));
  const holding = new Set(containers.filter((run) => !going.has(run)).map(({ sandboxId }) => sandboxId));
  const [newest] = sandboxes;
  return {
    containers: [...going],
    sandboxes: sandboxes.filter(
      (sandbox) => !sandbox.ready && !holding.has(sandbox.id) && (everything || sandbox !== newest),
    ),
  };
}
