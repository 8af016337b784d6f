/** A pod's conditions from its phase and containers. Pure; texts are upstream's. */
import type { ContainerStatus, Pod, PodCondition, PodStatus } from "#api/types/core/v1";
import { isSidecar } from "../pods/pod.ts";
import { timestamp } from "./container-status.ts";
import type { PodVerdict } from "./generate.ts";

export interface ConditionsInput {
  /** What the containers amount to, even where the written phase is held back. */
  readonly phase: NonNullable<PodStatus["phase"]>;
  readonly initStatuses: readonly ContainerStatus[];
  readonly statuses: readonly ContainerStatus[];
  readonly sandboxReady: boolean;
  /** Conditions last written: their times stay while their status stays, and those of others are kept. */
  readonly old: readonly PodCondition[];
  /** Why and since when the kubelet takes the pod for the node's sake. */
  readonly disruption: PodVerdict["disruption"];
  readonly now: number;
}

interface Verdict {
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
}

const yes: Verdict = { status: "True" };
const no = (reason: string, message = ""): Verdict => ({ status: "False", reason, ...(message ? { message } : {}) });

export const kubeletConditions = [
  "PodReadyToStartContainers",
  "Initialized",
  "Ready",
  "ContainersReady",
  "PodScheduled",
] as const;

/** Written by the kubelet and by others: whoever takes the pod away. */
export const sharedConditions = ["DisruptionTarget"] as const;

export function conditionsOf(pod: Pod, input: ConditionsInput): PodCondition[] {
  const containersReady = containersReadyOf(pod, input);
  const verdicts: Record<(typeof kubeletConditions)[number], Verdict> = {
    PodReadyToStartContainers: input.sandboxReady ? yes : { status: "False" },
    Initialized: initializedOf(pod, input),
    Ready: readyOf(pod, input, containersReady),
    ContainersReady: containersReady,
    PodScheduled: yes,
  };
  const { generation } = pod.metadata;
  const own = kubeletConditions.map((type): PodCondition => {
    const before = input.old.find((condition) => condition.type === type);
    const verdict = verdicts[type];
    const same = before?.status === verdict.status;
    return {
      type,
      ...verdict,
      lastProbeTime: null as unknown as string,
      lastTransitionTime: same && before.lastTransitionTime ? before.lastTransitionTime : timestamp(input.now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
  });
  const others = input.old.filter(({ type }) => !(kubeletConditions as readonly string[]).includes(type));
  return [...own, ...withDisruption(others, pod, input)];
}

/** Ours stands in the place of what was there, if anything was. */
function withDisruption(
  others: readonly PodCondition[],
  { metadata: { generation } }: Pod,
  { disruption }: ConditionsInput,
): readonly PodCondition[] {
  if (!disruption) return others;
  const condition: PodCondition = {
    type: "DisruptionTarget",
    status: "True",
    reason: "TerminationByKubelet",
    message: disruption.message,
    lastProbeTime: null as unknown as string,
    lastTransitionTime: timestamp(disruption.at),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  return [...others.filter(({ type }) => type !== condition.type), condition];
}

function initializedOf(pod: Pod, { phase, initStatuses }: ConditionsInput): Verdict {
  if (phase === "Succeeded") return { status: "True", reason: "PodCompleted" };
  const incomplete = (pod.spec.initContainers ?? []).filter((container) => {
    const status = initStatuses.find(({ name }) => name === container.name);
    return isSidecar(container) ? status?.started !== true && !status?.state?.terminated : status?.ready !== true;
  });
  if (incomplete.length === 0) return yes;
  // Containers that have started prove that initialization was over once.
  return no(
    "ContainersNotInitialized",
    `containers with incomplete status: [${incomplete.map(({ name }) => name).join(" ")}]`,
  );
}

function containersReadyOf(pod: Pod, { phase, initStatuses, statuses }: ConditionsInput): Verdict {
  if (phase === "Failed") return no("PodFailed");
  if (phase === "Succeeded") return no("PodCompleted");
  const relevant = [
    ...(pod.spec.initContainers ?? [])
      .filter(isSidecar)
      .map(({ name }) => initStatuses.find((status) => status.name === name) ?? name),
    ...pod.spec.containers.map(({ name }) => statuses.find((status) => status.name === name) ?? name),
  ];
  const unknown = relevant.filter((status) => typeof status === "string");
  const unready = relevant
    .filter((status) => typeof status !== "string" && !status.ready)
    .map((status) => (status as ContainerStatus).name);
  const messages = [
    ...(unknown.length > 0 ? [`containers with unknown status: [${unknown.join(" ")}]`] : []),
    ...(unready.length > 0 ? [`containers with unready status: [${unready.join(" ")}]`] : []),
  ];
  return messages.length > 0 ? no("ContainersNotReady", messages.join(", ")) : yes;
}

function readyOf(pod: Pod, { old }: ConditionsInput, containersReady: Verdict): Verdict {
  if (containersReady.status !== "True") return containersReady;
  const messages: string[] = [];
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const condition = old.find(({ type }) => type === conditionType);
    const quoted = JSON.stringify(conditionType);
    if (!condition) messages.push(`corresponding condition of pod readiness gate ${quoted} does not exist.`);
    else if (condition.status !== "True") {
      messages.push(`the status of pod readiness gate ${quoted} is not "True", but ${condition.status}`);
    }
  }
  return messages.length > 0 ? no("ReadinessGatesNotReady", messages.join(", ")) : yes;
}
