/** One container's status from what the runtime has of it. Pure. */
import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  ContainerStatus,
  Pod,
  ResourceRequirements,
} from "#api/types/core/v1";
import { isSidecar, type KindedContainer } from "../pods/pod.ts";
import { restartsAfter } from "../pods/restart-policy.ts";
import { type ContainerRecord, type PodRecord, runsOf } from "../runtime/state.ts";

/** Why a container does not run: set by whoever failed to start it. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** What probes say of a running container; without a probe both are true. */
export interface ProbeVerdict {
  readonly started: boolean;
  readonly ready: boolean;
}

export interface ContainerStatusInput {
  readonly pod: Pod;
  readonly record: PodRecord;
  /** The status last written, which knows runs that the runtime has forgotten. */
  readonly old: ContainerStatus | undefined;
  readonly waiting: WaitingReason | undefined;
  /** By container id. */
  readonly probes: (id: string, container: KindedContainer) => ProbeVerdict;
  /** Last words by container id. */
  readonly messages: ReadonlyMap<string, string>;
  /** What a running container has, by id, where that may differ from its spec. */
  readonly applied: (id: string) => ResourceRequirements | undefined;
  /** Whether init containers still have to run before this one. */
  readonly initializing: boolean;
}

export const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export function containerStatus(kinded: KindedContainer, input: ContainerStatusInput): ContainerStatus {
  const { container } = kinded;
  const runs = runsOf(input.record, container.name);
  const [current, previous] = runs;
  const status = current ? fromRuns(kinded, { current, previous }, input) : withoutRun(kinded, input);
  return { ...status, ...(volumeMounts(container as Container) ?? {}) };
}

function volumeMounts(container: Container): Pick<ContainerStatus, "volumeMounts"> | undefined {
  if (!container.volumeMounts?.length) return undefined;
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => ({
      name,
      mountPath,
      ...(readOnly ? { readOnly, recursiveReadOnly: "Disabled" as const } : {}),
    })),
  };
}

function fromRuns(
  kinded: KindedContainer,
  { current, previous }: { current: ContainerRecord; previous: ContainerRecord | undefined },
  input: ContainerStatusInput,
): ContainerStatus {
  const state = stateOf(current, input);
  const last =
    previous?.state === "exited" ? { terminated: terminated(previous, input.messages) } : input.old?.lastState;
  const isWaitingAgain =
    current.state === "exited" && input.waiting !== undefined && restartsAfter(input.pod, kinded, current.exitCode);
  const resources = input.applied(current.id) ?? (kinded.container as Container).resources;
  const shownLast = isWaitingAgain
    ? { terminated: terminated(current, input.messages) }
    : current.restartCount > 0 || previous
      ? last
      : undefined;
  return {
    name: kinded.container.name,
    state: isWaitingAgain ? { waiting: waitingState(input.waiting) } : state,
    lastState: shownLast ?? {},
    ...verdict(kinded, current, input),
    restartCount: current.restartCount,
    image: current.image,
    imageID: current.imageId,
    containerID: `containerd://${current.id}`,
    ...(kinded.kind === "ephemeral" ? {} : { resources: resources ?? {} }),
    ...(resources?.requests && kinded.kind !== "ephemeral" ? { allocatedResources: resources.requests } : {}),
    ...(current.user
      ? {
          user: {
            linux: {
              uid: current.user.uid,
              gid: current.user.gid,
              supplementalGroups: [...current.user.supplementalGroups],
            },
          },
        }
      : {}),
  };
}

/** Without a run, what was written before counts: a run that ended stays ended though the runtime forgot it. */
function withoutRun(kinded: KindedContainer, { old, waiting, initializing }: ContainerStatusInput): ContainerStatus {
  const { container } = kinded;
  if (old?.state?.terminated && !waiting)
    return {
      ...old,
      ready: kinded.kind === "init" && !isSidecar(container) && old.state.terminated.exitCode === 0,
      started: false,
    };
  const fallback = { reason: initializing ? "PodInitializing" : "ContainerCreating", message: "" };
  const lost = old?.state?.running ? lostRun(old.containerID) : undefined;
  return {
    name: container.name,
    state: { waiting: waitingState(waiting ?? fallback) },
    lastState: lost ?? (old?.state?.terminated ? { terminated: old.state.terminated } : old?.lastState) ?? {},
    ready: false,
    started: false,
    restartCount: (old?.restartCount ?? 0) + (lost ? 1 : 0),
    image: container.image ?? "",
    imageID: "",
  };
}

const lostRun = (containerId: string | undefined): ContainerState => ({
  terminated: {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was deleted.  The container used to be Running",
    ...(containerId ? { containerID: containerId } : {}),
  },
});

const waitingState = (waiting: WaitingReason | undefined): { reason?: string; message?: string } => ({
  ...(waiting?.message ? { message: waiting.message } : {}),
  ...(waiting ? { reason: waiting.reason } : {}),
});

function stateOf(run: ContainerRecord, { messages, waiting, initializing }: ContainerStatusInput): ContainerState {
  if (run.state === "running") return { running: { startedAt: timestamp(run.startedAt) } };
  if (run.state === "exited") return { terminated: terminated(run, messages) };
  return {
    waiting: waitingState(waiting ?? { reason: initializing ? "PodInitializing" : "ContainerCreating", message: "" }),
  };
}

function terminated(run: ContainerRecord, messages: ReadonlyMap<string, string>): ContainerStateTerminated {
  const message = messages.get(run.id) || run.message;
  return {
    exitCode: run.exitCode,
    reason: run.reason || (run.exitCode === 0 ? "Completed" : "Error"),
    ...(message ? { message } : {}),
    startedAt: timestamp(run.startedAt),
    finishedAt: timestamp(run.finishedAt),
    containerID: `containerd://${run.id}`,
  };
}

function verdict(
  kinded: KindedContainer,
  run: ContainerRecord,
  { probes }: ContainerStatusInput,
): { ready: boolean; started: boolean } {
  const plainInit = kinded.kind === "init" && !isSidecar(kinded.container);
  if (plainInit) return { ready: run.state === "exited" && run.exitCode === 0, started: run.state === "running" };
  if (run.state !== "running") return { ready: false, started: false };
  if (kinded.kind === "ephemeral") return { ready: false, started: true };
  const { started, ready } = probes(run.id, kinded);
  return { ready: ready && started, started };
}
