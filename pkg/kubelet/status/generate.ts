/** A pod's whole status from what is known of it. Pure. */
import type { ContainerStatus, Pod, PodStatus, ResourceRequirements } from "#api/types/core/v1";
import { qosOf } from "../containers/qos.ts";
import type { KindedContainer } from "../pods/pod.ts";
import { type ContainerKind, containersOf, isHostNetwork, isSidecar } from "../pods/pod.ts";
import { restartsAfter } from "../pods/restart-policy.ts";
import { type PodRecord, readySandbox, runsOf } from "../runtime/state.ts";
import { conditionsOf } from "./conditions.ts";
import { containerStatus, type ProbeVerdict, timestamp, type WaitingReason } from "./container-status.ts";
import { phaseOf } from "./phase.ts";

/** A decision of the kubelet's that stands above what the containers did: eviction, a deadline, a refusal. */
export interface PodVerdict {
  readonly phase: "Failed";
  readonly reason: string;
  readonly message: string;
  /** The pod goes for the node's sake, since this time: its condition DisruptionTarget says so. */
  readonly disruption?: { readonly message: string; readonly at: number };
}

export interface StatusInput {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The status last computed or, at first, the one in the API. */
  readonly old: PodStatus;
  /** By container name. */
  readonly waiting: ReadonlyMap<string, WaitingReason>;
  readonly probes: (id: string, container: KindedContainer) => ProbeVerdict;
  readonly messages: ReadonlyMap<string, string>;
  /** What a running container has, by id, where that may differ from its spec. */
  readonly applied: (id: string) => ResourceRequirements | undefined;
  readonly hostIPs: readonly string[];
  readonly verdict: PodVerdict | undefined;
  /** Nothing of the pod runs any more and nothing will. */
  readonly terminated: boolean;
  readonly now: number;
}

export interface GeneratedStatus {
  readonly status: PodStatus;
  /** The pod has come to its end by itself or by verdict: it is to be taken down now. */
  readonly finished: boolean;
}

export function generateStatus(input: StatusInput): GeneratedStatus {
  const { pod, record, old, verdict, terminated, now } = input;
  const initializing = (pod.spec.initContainers?.length ?? 0) > 0;
  const statusesOf = (kind: ContainerKind, before: readonly ContainerStatus[] | undefined): ContainerStatus[] =>
    containersOf(pod)
      .filter((kinded) => kinded.kind === kind)
      .map((kinded) =>
        containerStatus(kinded, {
          ...input,
          old: before?.find(({ name }) => name === kinded.container.name),
          waiting: input.waiting.get(kinded.container.name),
          initializing: initializing && kind !== "ephemeral",
        }),
      );
  const initStatuses = statusesOf("init", old.initContainerStatuses);
  const statuses = statusesOf("regular", old.containerStatuses);
  const ephemeral = statusesOf("ephemeral", old.ephemeralContainerStatuses);
  const sidecarsRun = (pod.spec.initContainers ?? []).some(
    (c) => isSidecar(c) && runsOf(record, c.name)[0]?.state === "running",
  );
  const natural = phaseOf(pod, { initStatuses, statuses, terminal: terminated });
  const computed = verdict?.phase ?? stickyPhase(old) ?? (terminated ? endPhase(natural, statuses) : natural);
  const ended = computed === "Succeeded" || computed === "Failed";
  const { phase: shown = "Pending" } = old;
  // Until everything is down the written phase stays what it was: an end is announced once, when it is true.
  const phase = ended && !terminated ? shown : computed;
  const sandbox = readySandbox(record);
  const ips = podIPs(input);
  const { generation } = pod.metadata;
  const status: PodStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    conditions: conditionsOf(pod, {
      phase: computed,
      initStatuses,
      statuses,
      sandboxReady: sandbox !== undefined && (isHostNetwork(pod) || sandbox.ips.length > 0) && !terminated,
      old: old.conditions ?? [],
      disruption: verdict?.disruption,
      now,
    }),
    ...reasonOf(input),
    ...hostAddresses(input),
    ...(ips.length > 0 ? { podIP: ips[0] ?? "", podIPs: ips.map((ip) => ({ ip })) } : {}),
    startTime: old.startTime ?? timestamp(now),
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    // Sorted by name, as upstream writes them; init containers keep their order.
    containerStatuses: statuses.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: old.qosClass ?? qosOf(pod),
  };
  const mainsEnded = ended || allEnded(pod, statuses, sidecarsRun);
  return { status, finished: mainsEnded };
}

/** A pod that was taken down while it ran: it succeeded when every container that ended did. */
function endPhase(
  natural: NonNullable<PodStatus["phase"]>,
  statuses: readonly ContainerStatus[],
): "Succeeded" | "Failed" {
  if (natural === "Succeeded" || natural === "Failed") return natural;
  const clean = statuses.every(({ state }) => state?.terminated?.exitCode === 0);
  return clean ? "Succeeded" : "Failed";
}

/** A pod that has once come to its end stays there. */
function stickyPhase({ phase }: PodStatus): "Succeeded" | "Failed" | undefined {
  return phase === "Succeeded" || phase === "Failed" ? phase : undefined;
}

/** Only sidecars still run: they are to be stopped, in order. */
function allEnded(pod: Pod, statuses: readonly ContainerStatus[], sidecarsRun: boolean): boolean {
  if (!sidecarsRun) return false;
  const kinded = new Map(pod.spec.containers.map((container) => [container.name, container]));
  return statuses.every(({ name, state }) => {
    const container = kinded.get(name);
    const end = state?.terminated;
    return end && container && !restartsAfter(pod, { container, kind: "regular" }, end.exitCode);
  });
}

function reasonOf({ verdict, old }: StatusInput): Pick<PodStatus, "reason" | "message"> {
  const reason = verdict?.reason ?? old.reason;
  const message = verdict?.message ?? old.message;
  return { ...(reason ? { reason } : {}), ...(message ? { message } : {}) };
}

function hostAddresses({ hostIPs }: StatusInput): Pick<PodStatus, "hostIP" | "hostIPs"> {
  return hostIPs.length > 0 ? { hostIP: hostIPs[0] ?? "", hostIPs: hostIPs.map((ip) => ({ ip })) } : {};
}

function podIPs({ pod, record, old, hostIPs }: StatusInput): readonly string[] {
  if (isHostNetwork(pod)) return record.sandboxes.length > 0 || old.podIP ? hostIPs : [];
  const current = readySandbox(record)?.ips ?? [];
  return current.length > 0 ? current : (old.podIPs ?? []).map(({ ip }) => ip ?? "");
}
