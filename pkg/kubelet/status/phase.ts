/** A pod's phase from its containers' statuses. Pure. */
import type { ContainerStatus, Pod, PodStatus } from "#api/types/core/v1";
import { isSidecar } from "../pods/pod.ts";

type Phase = NonNullable<PodStatus["phase"]>;

interface Counts {
  running: number;
  stopped: number;
  succeeded: number;
  waiting: number;
  unknown: number;
}

const byName = (statuses: readonly ContainerStatus[]): Map<string, ContainerStatus> =>
  new Map(statuses.map((status) => [status.name, status]));

export interface PhaseInput {
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  /** Every regular container has ended for good: sidecars no longer keep the pod running. */
  readonly terminal: boolean;
}

export function phaseOf(pod: Pod, { initStatuses, statuses, terminal }: PhaseInput): Phase {
  const init = initialization(pod, initStatuses);
  const counts = countStates(pod, statuses);
  const policy = pod.spec.restartPolicy ?? "Always";
  if (init.failed && policy === "Never") return "Failed";
  if (init.pending || counts.waiting > 0) return "Pending";
  const running = counts.running + (terminal ? 0 : init.sidecarsRunning);
  if (running > 0 && counts.unknown === 0) return "Running";
  if (running === 0 && counts.stopped > 0 && counts.unknown === 0) {
    if (policy === "Always") return "Running";
    if (counts.stopped === counts.succeeded) return "Succeeded";
    return policy === "Never" ? "Failed" : "Running";
  }
  return "Pending";
}

function initialization(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
): { pending: boolean; failed: boolean; sidecarsRunning: number } {
  const known = byName(initStatuses);
  const result = { pending: false, failed: false, sidecarsRunning: 0 };
  for (const container of pod.spec.initContainers ?? []) {
    const status = known.get(container.name);
    const { running, terminated, waiting } = status?.state ?? {};
    if (isSidecar(container)) {
      if (running) result.sidecarsRunning++;
      if (!status?.started && !terminated && !status?.lastState?.terminated) result.pending = true;
    } else if (terminated) {
      if (terminated.exitCode !== 0) result.failed = true;
    } else if (waiting && status?.lastState?.terminated) {
      if (status.lastState.terminated.exitCode !== 0) result.failed = true;
      result.pending = true;
    } else result.pending = true;
  }
  // A failed init container that may be tried again still stands before the rest.
  if (result.failed) result.pending = true;
  return result;
}

function countStates(pod: Pod, statuses: readonly ContainerStatus[]): Counts {
  const known = byName(statuses);
  const counts: Counts = { running: 0, stopped: 0, succeeded: 0, waiting: 0, unknown: 0 };
  for (const { name } of pod.spec.containers) {
    const status = known.get(name);
    if (!status) counts.unknown++;
    else if (status.state?.running) counts.running++;
    else if (status.state?.terminated) {
      counts.stopped++;
      if (status.state.terminated.exitCode === 0) counts.succeeded++;
    } else if (status.state?.waiting) {
      if (status.lastState?.terminated) counts.stopped++;
      else counts.waiting++;
    } else counts.unknown++;
  }
  return counts;
}
