/**
 * Changes of CPU and memory while containers run. https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/
 * What was applied is known only since this process began; a container that it has not seen is brought to its spec once.
 */
import type { Container, Pod, ResourceRequirements } from "#api/types/core/v1";
import type { CgroupManager } from "../cgroups/manager.ts";
import type { Cri } from "../cri/client.ts";
import { containersOf, type KindedContainer } from "../pods/pod.ts";
import { type ContainerRecord, latest, type PodRecord } from "../runtime/state.ts";
import { type LinuxLimits, limitsOf } from "./qos.ts";

export interface Resized {
  /** Containers whose policy wants a restart for what changed. */
  readonly restart: readonly { readonly run: ContainerRecord; readonly container: KindedContainer }[];
  /** Whether anything was changed in place. */
  readonly changed: boolean;
}

const requirementsOf = ({ container }: KindedContainer): ResourceRequirements =>
  (container as Container).resources ?? {};

export class ContainerResizer {
  readonly #cri: Cri;
  readonly #cgroups: CgroupManager;
  /** By container id. */
  readonly #applied = new Map<string, ResourceRequirements>();

  constructor(cri: Cri, cgroups: CgroupManager) {
    this.#cri = cri;
    this.#cgroups = cgroups;
  }

  /** What a running container has; undefined where it was not seen yet. */
  appliedTo(id: string): ResourceRequirements | undefined {
    return this.#applied.get(id);
  }

  /** A container was started with what its spec says. */
  started(id: string, container: KindedContainer): void {
    this.#applied.set(id, requirementsOf(container));
  }

  forget(record: PodRecord): void {
    for (const { id } of record.containers) this.#applied.delete(id);
  }

  /** Brings running containers to their specs. Rejects when the runtime refuses. */
  async resize(pod: Pod, record: PodRecord, signal: AbortSignal): Promise<Resized> {
    const restart: Resized["restart"][number][] = [];
    const inPlace: { id: string; container: KindedContainer }[] = [];
    for (const container of containersOf(pod)) {
      if (container.kind === "ephemeral") continue;
      const run = latest(record, container.container.name);
      if (run?.state !== "running") continue;
      const before = this.#applied.get(run.id);
      const wanted = requirementsOf(container);
      if (before && sameLimits(before, wanted)) this.#applied.set(run.id, wanted);
      else if (before && needsRestart(container.container as Container, before, wanted))
        restart.push({ run, container });
      else inPlace.push({ id: run.id, container });
    }
    if (inPlace.length > 0) {
      // The pod's own bounds must never be below its containers', on the way up as on the way down.
      await this.#cgroups.ensurePod(pod);
      for (const { id, container } of inPlace) await this.#update(id, container, signal);
      await this.#cgroups.ensurePod(pod);
    }
    return { restart, changed: inPlace.length > 0 };
  }

  async #update(id: string, container: KindedContainer, signal: AbortSignal): Promise<void> {
    const { cpuPeriod, cpuShares, cpuQuota = -1, memoryLimitInBytes = -1 } = limitsOf(requirementsOf(container));
    const linux = { cpuPeriod, cpuShares, cpuQuota, memoryLimitInBytes, memorySwapLimitInBytes: memoryLimitInBytes };
    await this.#cri.runtime("UpdateContainerResources", { containerId: id, linux }, { signal });
    this.started(id, container);
  }
}

const sameLimits = (a: ResourceRequirements, b: ResourceRequirements): boolean =>
  JSON.stringify(limitsOf(a)) === JSON.stringify(limitsOf(b));

function needsRestart(container: Container, before: ResourceRequirements, wanted: ResourceRequirements): boolean {
  const [a, b] = [limitsOf(before), limitsOf(wanted)];
  const cpu = (limits: LinuxLimits) => `${limits.cpuShares} ${limits.cpuQuota}`;
  const changed = new Set([
    ...(cpu(a) === cpu(b) ? [] : ["cpu"]),
    ...(a.memoryLimitInBytes === b.memoryLimitInBytes ? [] : ["memory"]),
  ]);
  return (container.resizePolicy ?? []).some(
    ({ resourceName, restartPolicy }) => restartPolicy === "RestartContainer" && changed.has(resourceName),
  );
}
