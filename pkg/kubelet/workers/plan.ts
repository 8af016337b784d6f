/** What to do for a pod now, given what is. Pure: no clock, no runtime. */
import type { Pod } from "#api/types/core/v1";
import { hashOf } from "../containers/labels.ts";
import { containersOf, formatPod, isSidecar, type KindedContainer, uidOf } from "../pods/pod.ts";
import { mayRunAgain, restartsAfter } from "../pods/restart-policy.ts";
import type { Verdicts } from "../probes/manager.ts";
import { type ContainerRecord, latest, type PodRecord, readySandbox } from "../runtime/state.ts";
import type { WaitingReason } from "../status/container-status.ts";
import { formatDuration, type KeyedBackoff } from "./backoff.ts";

export interface PlanInput {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly backoff: KeyedBackoff;
  readonly now: number;
  /** Of a running container: whether its startup probe passed, and why a probe wants it killed. */
  readonly probes: (
    id: string,
    container: KindedContainer,
  ) => { readonly started: boolean; readonly failure: Verdicts["failure"] };
}

export interface ContainerKill {
  readonly run: ContainerRecord;
  readonly container: KindedContainer;
  /** The text of the Killing event. */
  readonly message: string;
  /** Instead of the pod's. */
  readonly graceSeconds?: number | undefined;
}

export interface PodPlan {
  /** The old sandbox is dead: stop what is left of it. */
  readonly killSandbox: boolean;
  readonly createSandbox: boolean;
  readonly sandboxAttempt: number;
  readonly kill: readonly ContainerKill[];
  readonly start: readonly KindedContainer[];
  /** Containers held back by crashes. */
  readonly crashing: ReadonlyMap<string, WaitingReason>;
  /** When to look again though nothing happens. */
  readonly wakeAt: number | undefined;
}

interface Draft {
  readonly kill: ContainerKill[];
  readonly start: KindedContainer[];
  readonly crashing: Map<string, WaitingReason>;
  wakeAt: number | undefined;
}

export const backoffKey = (pod: Pod, { container }: KindedContainer): string =>
  `${uidOf(pod)}/${container.name}/${hashOf(container)}`;

export function planPod(input: PlanInput): PodPlan {
  const { pod, record } = input;
  const draft: Draft = { kill: [], start: [], crashing: new Map(), wakeAt: undefined };
  const sandbox = readySandbox(record);
  const sandboxAttempt = (record.sandboxes[0]?.attempt ?? -1) + 1;
  if (!sandbox) return planNewSandbox(input, draft, sandboxAttempt);
  const containers = containersOf(pod);
  planEphemeral(input, containers, draft);
  if (planInit(input, containers, draft, sandbox.id)) planRegular(input, containers, draft);
  return { killSandbox: false, createSandbox: false, sandboxAttempt, ...draft };
}

function planNewSandbox(input: PlanInput, draft: Draft, sandboxAttempt: number): PodPlan {
  const { pod, record } = input;
  const killSandbox = record.sandboxes.length > 0;
  const ranBefore = record.containers.length > 0;
  const wantsMore = containersOf(pod).some((kinded) => {
    if (kinded.kind !== "regular") return false;
    const run = latest(record, kinded.container.name);
    return run?.state !== "exited" || restartsAfter(pod, kinded, run.exitCode);
  });
  const createSandbox = wantsMore && !(ranBefore && !mayRunAgain(pod));
  return { killSandbox, createSandbox, sandboxAttempt: Math.max(0, sandboxAttempt), ...draft };
}

/** Ephemeral containers start once and are never started again. */
function planEphemeral({ record }: PlanInput, containers: readonly KindedContainer[], draft: Draft): void {
  for (const kinded of containers) {
    if (kinded.kind === "ephemeral" && !latest(record, kinded.container.name)) draft.start.push(kinded);
  }
}

/** Returns whether the regular containers may run. One init container at a time; a sidecar lets the next one go once it is up. */
function planInit(input: PlanInput, containers: readonly KindedContainer[], draft: Draft, sandboxId: string): boolean {
  const { pod, record } = input;
  const began = pod.spec.containers.some(({ name }) => latest(record, name)?.sandboxId === sandboxId);
  for (const kinded of containers) {
    if (kinded.kind !== "init") continue;
    const run = latest(record, kinded.container.name);
    const current = run?.sandboxId === sandboxId ? run : undefined;
    if (isSidecar(kinded.container)) {
      if (!planSidecar(input, kinded, current, draft) && !began) return false;
      continue;
    }
    if (began) continue;
    if (current?.state === "exited" && current.exitCode === 0) continue;
    if (current?.state === "running") return false;
    if (current?.state === "exited" && !restartsAfter(pod, kinded, current.exitCode)) return false;
    startOrWait(input, kinded, current, draft);
    return false;
  }
  return true;
}

/** Returns whether the sidecar is up. */
function planSidecar(
  input: PlanInput,
  kinded: KindedContainer,
  run: ContainerRecord | undefined,
  draft: Draft,
): boolean {
  if (run?.state !== "running") {
    startOrWait(input, kinded, run, draft);
    return false;
  }
  keepOrKill(input, kinded, run, draft);
  return input.probes(run.id, kinded).started;
}

function planRegular(input: PlanInput, containers: readonly KindedContainer[], draft: Draft): void {
  for (const kinded of containers) {
    if (kinded.kind !== "regular") continue;
    const run = latest(input.record, kinded.container.name);
    if (run?.state === "running") keepOrKill(input, kinded, run, draft);
    else if (run?.state !== "exited" || restartsAfter(input.pod, kinded, run.exitCode)) {
      startOrWait(input, kinded, run, draft);
    }
  }
}

function keepOrKill({ probes }: PlanInput, kinded: KindedContainer, run: ContainerRecord, draft: Draft): void {
  const { name } = kinded.container;
  const { failure } = probes(run.id, kinded);
  if (failure !== undefined) {
    draft.kill.push({ run, container: kinded, ...failure });
  } else if (run.hash !== "" && run.hash !== hashOf(kinded.container)) {
    draft.kill.push({ run, container: kinded, message: `Container ${name} definition changed, will be restarted` });
  }
}

function startOrWait(
  { pod, backoff, now }: PlanInput,
  kinded: KindedContainer,
  run: ContainerRecord | undefined,
  draft: Draft,
): void {
  const since = run?.state === "exited" ? run.finishedAt : run?.createdAt;
  const wait = since === undefined ? undefined : backoff.waiting(backoffKey(pod, kinded), since, now);
  if (!wait) {
    draft.start.push(kinded);
    return;
  }
  const message = `back-off ${formatDuration(wait.delayMs)} restarting failed container=${kinded.container.name} pod=${formatPod(pod)}`;
  draft.crashing.set(kinded.container.name, { reason: "CrashLoopBackOff", message });
  draft.wakeAt = Math.min(draft.wakeAt ?? Infinity, now + wait.leftMs);
}
