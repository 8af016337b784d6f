/** How `kubectl get pods` tells the state of a pod in one line. */
import type { Container, ContainerStatus, Pod } from "#api/types/core/v1";
import { age, type Cells, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";
import { ageOf } from "#pkg/apimachinery/table/duration.ts";

export const podCells: Cells<Pod> = (pod, now) => {
  const { ready, total, restarts, lastRestart, reason } = summaryOf(pod);
  const gates = pod.spec.readinessGates ?? [];
  const passed = gates.filter((gate) => conditionStatus(pod, gate.conditionType) === "True").length;
  return [
    nameOf(pod),
    `${ready}/${total}`,
    reason,
    restarts > 0 && lastRestart ? `${restarts} (${ageOf(lastRestart, now)} ago)` : String(restarts),
    age(pod, now),
    orNone(pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP),
    orNone(pod.spec.nodeName),
    orNone(pod.status?.nominatedNodeName),
    gates.length > 0 ? `${passed}/${gates.length}` : "<none>",
  ];
};

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** When the newest restart ended its predecessor. */
  readonly lastRestart: string | undefined;
  readonly reason: string;
}

const conditionStatus = (pod: Readonly<Pod>, type: string) =>
  pod.status?.conditions?.find((condition) => condition.type === type)?.status;

const isSidecar = (container: Container | undefined) => container?.restartPolicy === "Always";

function latest(statuses: readonly ContainerStatus[]): string | undefined {
  const ends = statuses.flatMap((status) => status.lastState?.terminated?.finishedAt ?? []);
  return ends.toSorted().at(-1);
}

const sumRestarts = (statuses: readonly ContainerStatus[]) =>
  statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);

function summaryOf(pod: Readonly<Pod>): Summary {
  const specs = new Map((pod.spec.initContainers ?? []).map((container) => [container.name, container]));
  const initStatuses = pod.status?.initContainerStatuses ?? [];
  const statuses = pod.status?.containerStatuses ?? [];
  const sidecars = initStatuses.filter((status) => isSidecar(specs.get(status.name)));
  const sidecarCount = [...specs.values()].filter(isSidecar).length;
  const total = pod.spec.containers.length + sidecarCount;
  const readySidecars = sidecars.filter((status) => status.started && status.ready).length;
  const initReason = initReasonOf(pod, initStatuses, specs);
  if (initReason !== undefined && conditionStatus(pod, "Initialized") !== "True") {
    return {
      ready: readySidecars,
      total,
      restarts: sumRestarts(initStatuses),
      lastRestart: latest(initStatuses),
      reason: finalReason(pod, initReason),
    };
  }
  const counted = [...sidecars, ...statuses];
  const running = statuses.filter((status) => status.ready && status.state?.running);
  return {
    ready: readySidecars + running.length,
    total,
    restarts: sumRestarts(counted),
    lastRestart: latest(counted),
    reason: finalReason(pod, mainReason(pod, statuses, running.length > 0)),
  };
}

/** `Init:0/2`, `Init:CrashLoopBackOff`, `Init:ExitCode:1`; undefined once every init container is through. */
function initReasonOf(
  pod: Readonly<Pod>,
  statuses: readonly ContainerStatus[],
  specs: ReadonlyMap<string, Container>,
): string | undefined {
  for (const [at, status] of statuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated && terminated.exitCode === 0) continue;
    if (isSidecar(specs.get(status.name)) && status.started) continue;
    if (terminated) {
      if (terminated.reason) return `Init:${terminated.reason}`;
      return terminated.signal ? `Init:Signal:${terminated.signal}` : `Init:ExitCode:${terminated.exitCode}`;
    }
    if (waiting?.reason && waiting.reason !== "PodInitializing") return `Init:${waiting.reason}`;
    return `Init:${at}/${pod.spec.initContainers?.length ?? 0}`;
  }
  return undefined;
}

function mainReason(pod: Readonly<Pod>, statuses: readonly ContainerStatus[], anyRunning: boolean): string {
  let reason = pod.status?.reason || pod.status?.phase || "Unknown";
  if (conditionStatus(pod, "PodScheduled") === "False") {
    const scheduled = pod.status?.conditions?.find((condition) => condition.type === "PodScheduled");
    if (scheduled?.reason === "SchedulingGated") reason = "SchedulingGated";
  }
  for (const status of statuses.toReversed()) {
    const { waiting, terminated } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated?.reason) reason = terminated.reason;
    else if (terminated) reason = terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
  }
  // Some containers are done and others go on: the pod as a whole is running.
  if (reason === "Completed" && anyRunning) return conditionStatus(pod, "Ready") === "True" ? "Running" : "NotReady";
  return reason;
}

function finalReason(pod: Readonly<Pod>, reason: string): string {
  if (!pod.metadata.deletionTimestamp) return reason;
  if (pod.status?.reason === "NodeLost") return "Unknown";
  return pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed" ? reason : "Terminating";
}
