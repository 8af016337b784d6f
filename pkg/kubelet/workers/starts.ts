/** Starts the containers of one pod, and remembers why those that do not run wait. */
import type { Pod } from "#api/types/core/v1";
import { StartError } from "../images/puller.ts";
import { containersOf, type KindedContainer, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { latest, type PodRecord } from "../runtime/state.ts";
import type { WaitingReason } from "../status/container-status.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import { retryDelayMs } from "./backoff.ts";
import type { WorkerContext } from "./context.ts";
import { backoffKey, type PodPlan } from "./plan.ts";
import { removeOldRuns } from "./remains.ts";

export interface StartRound {
  readonly pod: Pod;
  readonly record: PodRecord;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  /** Whether the pod has begun to end meanwhile: nothing more is started. */
  ends(): boolean;
  /** Stops a container whose postStart handler failed. */
  stop(id: string, kinded: KindedContainer, message: string): Promise<void>;
}

export class ContainerStarts {
  /** By the container's name. */
  readonly waiting = new Map<string, WaitingReason>();
  readonly #context: WorkerContext;
  /** Failures in a row, by the container's name. */
  readonly #failures = new Map<string, number>();
  /** Crash back-offs that were told of, by the container's name. */
  readonly #told = new Map<string, string>();
  #retryAt: number | undefined;

  constructor(context: WorkerContext) {
    this.#context = context;
  }

  /** When to try again what failed in the last round, milliseconds of the clock. */
  get retryAt(): number | undefined {
    return this.#retryAt;
  }

  /** One after the other, in the order of the plan. Returns whether there is anything new to look at. */
  async start(plan: PodPlan, round: StartRound): Promise<boolean> {
    this.#retryAt = undefined;
    let started = false;
    for (const kinded of plan.start) {
      if (round.ends()) return started;
      try {
        await this.#startOne(kinded, round);
        started = true;
      } catch (error) {
        const failure = asStartError(error);
        this.#failed(round.pod, kinded, failure);
        started ||= leavesContainer(failure);
      }
    }
    return started;
  }

  async #startOne(kinded: KindedContainer, { pod, record, volumes, stop }: StartRound): Promise<void> {
    const { starter, facts, backoff, resizer } = this.#context;
    const { name } = kinded.container;
    const run = latest(record, name);
    if (run?.state === "exited") backoff.next(backoffKey(pod, kinded), run.finishedAt);
    const start = {
      pod,
      record,
      volumes,
      facts: facts(),
      created: (id: string) => resizer.started(id, kinded),
      kill: (id: string, message: string) => stop(id, kinded, message),
    };
    await starter.startContainer(start, kinded);
    this.waiting.delete(name);
    this.#failures.delete(name);
    if (run) removeOldRuns(record, name, this.#context);
  }

  #failed(pod: Pod, kinded: KindedContainer, { reason, message, retryAt }: StartError): void {
    const { events, clock, log } = this.#context;
    const { name } = kinded.container;
    if (reason !== "PostStartHookError") {
      const ofImage = /^(ErrImage|ImagePull)/.test(reason);
      events.container(pod, kinded, "Warning", "Failed", `Error: ${ofImage ? reason : message}`);
    }
    log.info({ pod: uidOf(pod), container: name, reason, message }, "a container was not started");
    this.waiting.set(name, { reason, message });
    const failures = this.#failures.get(name) ?? 0;
    this.#failures.set(name, failures + 1);
    this.#retryAt = Math.min(this.#retryAt ?? Infinity, retryAt ?? clock.now() + retryDelayMs(failures));
  }

  /** Containers that their crashes hold back wait; each new back-off is told once. */
  noteCrashing(pod: Pod, { crashing }: PodPlan): void {
    for (const kinded of containersOf(pod)) {
      const { name } = kinded.container;
      const waiting = crashing.get(name);
      if (!waiting) {
        this.#told.delete(name);
        if (this.waiting.get(name)?.reason === "CrashLoopBackOff") this.waiting.delete(name);
        continue;
      }
      this.waiting.set(name, waiting);
      if (this.#told.get(name) === waiting.message) continue;
      this.#told.set(name, waiting.message);
      const message = `Back-off restarting failed container ${name} in pod ${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;
      this.#context.events.container(pod, kinded, "Warning", "BackOff", message);
    }
  }
}

const asStartError = (error: unknown): StartError =>
  error instanceof StartError
    ? error
    : new StartError("CreateContainerError", (error as Error).message, { cause: error });

/** A container that could not be run leaves something to look at. */
const leavesContainer = ({ reason }: StartError): boolean =>
  reason === "RunContainerError" || reason === "PostStartHookError";
