/** A pod's phase from its containers' statuses. Pure. */
import type { Container, ContainerStatus, Pod, PodStatus } from "#api/types/core/v1";
import { isSidecar } from "../pods/pod.ts";
import { restartsAfter } from "../pods/restart-policy.ts";

type Phase = NonNullable<PodStatus["phase"]>;

interface Counts {
  running: number;
  stopped: number;
  succeeded: number;
  /** Of the stopped ones: those that will run again. */
  restarting: number;
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
  if (init.over) return "Failed";
  if (init.pending || counts.waiting > 0) return "Pending";
  const running = counts.running + (terminal ? 0 : init.sidecarsRunning);
  if (running > 0 && counts.unknown === 0) return "Running";
  if (running === 0 && counts.stopped > 0 && counts.unknown === 0) {
    if (counts.restarting > 0) return "Running";
    return counts.stopped === counts.succeeded ? "Succeeded" : "Failed";
  }
  return "Pending";
}

function initialization(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
): { pending: boolean; over: boolean; sidecarsRunning: number } {
  const known = byName(initStatuses);
  // `over`: one has failed for good. One that may be tried again still stands before the rest.
  const result = { pending: false, over: false, sidecarsRunning: 0 };
  const fail = (container: Container, exitCode: number) => {
    result.pending = true;
    if (!restartsAfter(pod, { container, kind: "init" }, exitCode)) result.over = true;
  };
  for (const container of pod.spec.initContainers ?? []) {
    const status = known.get(container.name);
    const { running, terminated, waiting } = status?.state ?? {};
    if (isSidecar(container)) {
      if (running) result.sidecarsRunning++;
      if (!status?.started && !terminated && !status?.lastState?.terminated) result.pending = true;
    } else if (terminated) {
      if (terminated.exitCode !== 0) fail(container, terminated.exitCode);
    } else if (waiting && status?.lastState?.terminated) {
      const { exitCode } = status.lastState.terminated;
      if (exitCode !== 0) fail(container, exitCode);
      result.pending = true;
    } else result.pending = true;
  }
  return result;
}

function countStates(pod: Pod, statuses: readonly ContainerStatus[]): Counts {
  const known = byName(statuses);
  const counts: Counts = { running: 0, stopped: 0, succeeded: 0, restarting: 0, waiting: 0, unknown: 0 };
  const stop = (container: Container, exitCode: number) => {
    counts.stopped++;
    if (restartsAfter(pod, { container, kind: "regular" }, exitCode)) counts.restarting++;
  };
  for (const container of pod.spec.containers) {
    const status = known.get(container.name);
    if (!status) counts.unknown++;
    else if (status.state?.running) counts.running++;
    else if (status.state?.terminated) {
      stop(container, status.state.terminated.exitCode);
      if (status.state.terminated.exitCode === 0) counts.succeeded++;
    } else if (status.state?.waiting) {
      if (status.lastState?.terminated) stop(container, status.lastState.terminated.exitCode);
      else counts.waiting++;
    } else counts.unknown++;
  }
  return counts;
}
