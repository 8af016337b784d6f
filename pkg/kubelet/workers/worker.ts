/**
 * One pod's life on this node. A worker runs one step at a time; whatever happens only marks it dirty. Its modes follow
 * each other: syncing (as the spec says), terminating (everything is stopped), terminated (cleaned up; the API may forget
 * it), and gone (the runtime has forgotten it too).
 */
import type { Pod, PodStatus } from "#api/types/core/v1";
import { lastWords } from "../containers/last-words.ts";
import { StartError } from "../images/puller.ts";
import { containersOf, gracePeriodOf, type KindedContainer, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { type ContainerRecord, latest, type PodRecord, readySandbox } from "../runtime/state.ts";
import type { WaitingReason } from "../status/container-status.ts";
import { generateStatus, type PodVerdict } from "../status/generate.ts";
import { VolumeError } from "../volumes/errors.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import type { WorkerContext } from "./context.ts";
import { backoffKey, type PodPlan, planPod } from "./plan.ts";
import { cleanUp, removeOldRuns } from "./remains.ts";

/** Why and how a container is stopped. */
interface Stop {
  readonly record: PodRecord;
  /** The text of the Killing event. */
  readonly message: string;
  /** Default: the pod's. */
  readonly graceSeconds?: number | undefined;
}

type Mode = "syncing" | "terminating" | "terminated" | "gone";

/** After a step failed: the first and the longest wait before the next. */
const retryFirstMs = 1000;
const retryMsMax = 15_000;
/** How soon and how often to look for an end that was told of. */
const lookAgainMs = 15;
/** Looks at the quick pace; a runtime that is slower than that is busy. */
const quickLooks = 60;
const lookAgainLaterMs = 250;
const looksMax = 180;

export class PodWorker {
  readonly uid: string;
  readonly #context: WorkerContext;
  #pod: Pod;
  #mode: Mode = "syncing";
  #status: PodStatus;
  #verdict: PodVerdict | undefined;
  readonly #down = Promise.withResolvers<void>();
  #admitted = false;
  /** The API (or the static source) no longer has the pod. */
  #removed = false;
  #dirty = false;
  #probedWhileEnding: (() => void) | undefined;
  #running = false;
  #failures = 0;
  #wake: Disposable | undefined;
  #graceSeconds: number | undefined;
  #volumes: ReadonlyMap<string, MountedVolume> = new Map();
  readonly #waiting = new Map<string, WaitingReason>();
  /** Containers whose end was told of, with how often they were looked at since. */
  readonly #expected = new Map<string, number>();
  readonly #messages = new Map<string, string>();
  /** Containers being stopped, by id. */
  readonly #killing = new Map<string, Promise<void>>();
  /** Crash back-offs that were told of, by container. */
  readonly #told = new Map<string, string>();

  constructor(pod: Pod, context: WorkerContext) {
    this.uid = uidOf(pod);
    this.#pod = pod;
    this.#context = context;
    this.#status = pod.status ?? {};
  }

  get pod(): Pod {
    return this.#pod;
  }

  get status(): PodStatus {
    return this.#status;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** Whether containers of this pod may still run. */
  get isActive(): boolean {
    return this.#mode === "syncing" || this.#mode === "terminating";
  }

  /** Whether it takes its part of the node's resources and ports: it was admitted, and has not ended. */
  get occupies(): boolean {
    return this.#admitted && this.#verdict === undefined && this.isActive;
  }

  update(pod: Pod): void {
    this.#pod = pod;
    const { deletionTimestamp } = pod.metadata;
    if (deletionTimestamp && this.#mode === "terminating") this.#hasten(gracePeriodOf(pod));
    if (deletionTimestamp && this.#mode === "terminated") this.#context.statuses.finish(pod);
    // Conditions of others (readiness gates) live in the API's copy only.
    this.#status = { ...this.#status, conditions: mergedConditions(this.#status, pod.status) };
    this.kick();
  }

  /** The pod is no longer wanted here. */
  remove(): void {
    this.#removed = true;
    this.kick();
  }

  /** Resolves when the containers are stopped and the volumes gone. */
  get down(): Promise<void> {
    return this.#down.promise;
  }

  /** Takes the pod down with a verdict: an eviction. One that is being taken down already goes faster. */
  fail(verdict: PodVerdict, graceSeconds: number): void {
    if (!this.isActive || this.#verdict) return;
    this.#verdict = verdict;
    if (this.#mode === "terminating") this.#hasten(graceSeconds);
    else this.#graceSeconds = graceSeconds;
    this.kick();
  }

  /** The runtime told of a container's end; its lists may still show it running for a moment. */
  exited(id: string): void {
    this.#expected.set(id, 0);
    this.kick();
  }

  /** When to look again for ends that were told of but do not show yet. */
  #awaitExits(record: PodRecord): number | undefined {
    const ended = new Set(record.containers.filter(({ state }) => state === "exited").map(({ id }) => id));
    let looksMost = 0;
    for (const [id, looks] of this.#expected) {
      // A record from before the container began does not have it yet: only an end that shows settles it.
      if (ended.has(id) || looks >= looksMax) this.#expected.delete(id);
      else {
        this.#expected.set(id, looks + 1);
        looksMost = Math.max(looksMost, looks);
      }
    }
    if (this.#expected.size === 0) return undefined;
    return this.#context.clock.now() + (looksMost < quickLooks ? lookAgainMs : lookAgainLaterMs);
  }

  /** A probe has come to another verdict, which is told also while the pod's containers take their time to end. */
  #probed(): void {
    this.#probedWhileEnding?.();
    this.kick();
  }

  /** Something may have changed: look again, soon. Never waits. */
  kick(): void {
    this.#dirty = true;
    if (this.#running || this.#mode === "gone" || this.#context.signal.aborted) return;
    this.#running = true;
    this.#run().catch((err: unknown) => this.#context.log.error({ err, pod: this.uid }, "a pod worker ended"));
  }

  async #run(): Promise<void> {
    const { clock, signal, log } = this.#context;
    try {
      while (this.#dirty && !signal.aborted && (this.#mode as Mode) !== "gone") {
        this.#dirty = false;
        this.#wake?.[Symbol.dispose]();
        try {
          const wakeAt = await this.#step();
          this.#failures = 0;
          if (wakeAt !== undefined) this.#wake = clock.after(Math.max(0, wakeAt - clock.now()), () => this.kick());
        } catch (error) {
          if (signal.aborted) return;
          const delayMs = Math.min(retryMsMax, retryFirstMs * 2 ** this.#failures++);
          log.warn(
            { err: error, pod: `${namespaceOf(this.#pod)}/${nameOf(this.#pod)}`, mode: this.#mode },
            "a pod was not synced",
          );
          this.#wake = clock.after(delayMs, () => this.kick());
        }
      }
    } finally {
      this.#running = false;
    }
    if (this.#dirty && !signal.aborted) this.kick();
  }

  #step(): Promise<number | undefined> {
    if (this.#mode === "syncing") return this.#sync();
    if (this.#mode === "terminating") return this.#terminate();
    return this.#finish();
  }

  // ---- syncing

  async #sync(): Promise<number | undefined> {
    const { observer, signal } = this.#context;
    const record = await observer.pod(this.uid, signal);
    await this.#readMessages(record);
    this.#probe(record);
    if (!this.#admitted) this.#admit(record);
    const deadlineAt = this.#checkDeadline();
    const finished = this.#publish(record, false);
    if (this.#removed || this.#pod.metadata.deletionTimestamp || this.#verdict || finished)
      return this.#beginTermination();
    const [ready] = await Promise.all([this.#ensureSandbox(record), this.#mountVolumes()]);
    const { plan, record: current } = ready;
    this.#kill(plan, current);
    await this.#resize(current);
    const started = await this.#start(plan, current);
    this.#noteCrashing(plan);
    if (started) this.#dirty = true;
    this.#publish(current, false);
    const wakes = [plan.wakeAt, deadlineAt, this.#retryAt(), this.#awaitExits(current)].filter(
      (at) => at !== undefined,
    );
    return wakes.length > 0 ? Math.min(...wakes) : undefined;
  }

  #admit(record: PodRecord): void {
    this.#admitted = true;
    // What already runs here was admitted before.
    if (record.sandboxes.length > 0) return;
    const refusal = this.#context.admit(this.#pod);
    if (!refusal) return;
    this.#verdict = { ...refusal, message: `Pod was rejected: ${refusal.message}` };
    this.#context.events.pod(this.#pod, "Warning", refusal.reason, refusal.message);
  }

  #checkDeadline(): number | undefined {
    const { clock, events } = this.#context;
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || !this.#status.startTime || this.#verdict) return undefined;
    const at = Date.parse(this.#status.startTime) + seconds * 1000;
    if (clock.now() < at) return at;
    const message = "Pod was active on the node longer than the specified deadline";
    this.#verdict = { phase: "Failed", reason: "DeadlineExceeded", message };
    events.pod(this.#pod, "Normal", "DeadlineExceeded", message);
    return undefined;
  }

  /** Computes and hands over the status; returns whether the pod has come to its end. */
  #publish(record: PodRecord, terminated: boolean): boolean {
    const { clock, statuses, facts, probes, resizer } = this.#context;
    const { status, finished } = generateStatus({
      pod: this.#pod,
      record,
      old: this.#status,
      waiting: this.#waiting,
      probes: (id, kinded) => probes.verdicts(id, kinded),
      messages: this.#messages,
      applied: (id) => resizer.appliedTo(id),
      hostIPs: facts().hostIPs,
      verdict: this.#verdict,
      terminated,
      now: clock.now(),
    });
    this.#status = status;
    this.#context.computed(this.#pod, status);
    statuses.set(this.#pod, status);
    return finished;
  }

  async #readMessages(record: PodRecord): Promise<void> {
    for (const run of record.containers) {
      if (run.state === "exited" && !this.#messages.has(run.id)) this.#messages.set(run.id, await lastWords(run));
    }
    const ids = new Set(record.containers.map(({ id }) => id));
    for (const id of this.#messages.keys()) if (!ids.has(id)) this.#messages.delete(id);
  }

  #probe(record: PodRecord): void {
    const { probes } = this.#context;
    const podIP = this.#pod.spec.hostNetwork
      ? (this.#context.facts().hostIPs[0] ?? "")
      : (readySandbox(record)?.ips[0] ?? "");
    const known = [...(this.#status.initContainerStatuses ?? []), ...(this.#status.containerStatuses ?? [])];
    for (const kinded of containersOf(this.#pod)) {
      const run = latest(record, kinded.container.name);
      if (run?.state !== "running") continue;
      const status = known.find(({ containerID }) => containerID === `containerd://${run.id}`);
      const before = status ? { ready: status.ready, started: status.started === true } : undefined;
      probes.ensure(this.#pod, kinded, { run, podIP, changed: () => this.#probed(), before });
    }
    for (const { id, state } of record.containers) if (state === "exited") probes.stop(id);
  }

  #plan(record: PodRecord): PodPlan {
    const { backoff, clock, probes } = this.#context;
    return planPod({
      pod: this.#pod,
      record,
      backoff,
      now: clock.now(),
      probes: (id, kinded) => probes.verdicts(id, kinded),
    });
  }

  async #ensureSandbox(record: PodRecord): Promise<{ plan: PodPlan; record: PodRecord }> {
    const { cgroups, starter, killer, observer, events } = this.#context;
    const plan = this.#plan(record);
    if (plan.killSandbox) {
      events.pod(this.#pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await killer.pod({ pod: this.#pod, record, graceSeconds: gracePeriodOf(this.#pod) });
      await killer.sandboxes(record);
    }
    if (!plan.createSandbox) return { plan, record };
    await cgroups.ensurePod(this.#pod);
    try {
      await starter.createSandbox(this.#pod, plan.sandboxAttempt);
    } catch (error) {
      events.pod(
        this.#pod,
        "Warning",
        "FailedCreatePodSandBox",
        `Failed to create pod sandbox: ${(error as Error).message}`,
      );
      throw error;
    }
    const current = await observer.pod(this.uid);
    return { plan: this.#plan(current), record: current };
  }

  async #mountVolumes(): Promise<void> {
    const { volumes, events, facts } = this.#context;
    const podIPs = (this.#status.podIPs ?? []).map(({ ip }) => ip ?? "");
    try {
      this.#volumes = await volumes.mount(this.#pod, { ...facts(), podIPs });
    } catch (error) {
      const reason = error instanceof VolumeError ? error.reason : "FailedMount";
      events.pod(this.#pod, "Warning", reason, (error as Error).message);
      throw error;
    }
  }

  /** Brings what runs to what the spec says of CPU and memory now. */
  async #resize(record: PodRecord): Promise<void> {
    const { resizer, events, signal } = this.#context;
    try {
      const { restart } = await resizer.resize(this.#pod, record, signal);
      for (const { run, container } of restart) {
        const message = `Container ${run.name} resize requires restart`;
        this.#stop(run, container, { record, message });
      }
    } catch (error) {
      events.pod(this.#pod, "Warning", "ResizeError", `Error resizing pod: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Stops containers beside the worker: a long grace must not keep it from seeing the pod's deletion. */
  #kill(plan: PodPlan, record: PodRecord): void {
    for (const { run, container, ...why } of plan.kill) this.#stop(run, container, { record, ...why });
  }

  #stop(
    run: ContainerRecord,
    kinded: KindedContainer,
    { record, message, graceSeconds = gracePeriodOf(this.#pod) }: Stop,
  ): Promise<void> {
    const { killer, log, probes } = this.#context;
    const known = this.#killing.get(run.id);
    if (known) return known;
    probes.stopRestarting(run.id);
    const stopped = killer
      .container(run, kinded, { pod: this.#pod, record, graceSeconds, message })
      .catch((err: unknown) => log.warn({ err, container: run.name, pod: this.uid }, "a container was not stopped"))
      .finally(() => {
        this.#killing.delete(run.id);
        this.kick();
      });
    this.#killing.set(run.id, stopped);
    return stopped;
  }

  #nextTry: number | undefined;
  readonly #tries = new Map<string, number>();

  #retryAt(): number | undefined {
    return this.#nextTry;
  }

  /** One after the other, in the order of the plan. Returns whether any was started. */
  async #start(plan: PodPlan, record: PodRecord): Promise<boolean> {
    const { starter, facts, backoff, resizer } = this.#context;
    this.#nextTry = undefined;
    let started = false;
    for (const kinded of plan.start) {
      const { name } = kinded.container;
      if (this.#pod.metadata.deletionTimestamp || this.#removed || this.#verdict) return started;
      const run = latest(record, name);
      if (run?.state === "exited") backoff.next(backoffKey(this.#pod, kinded), run.finishedAt);
      try {
        await starter.startContainer(
          {
            pod: this.#pod,
            record,
            volumes: this.#volumes,
            facts: facts(),
            created: (id) => resizer.started(id, kinded),
            kill: (id, message) => this.#killStarted(id, kinded, message),
          },
          kinded,
        );
        this.#waiting.delete(name);
        this.#tries.delete(name);
        started = true;
        if (run) removeOldRuns(record, name, this.#context);
      } catch (error) {
        this.#startFailed(kinded, error);
        // A container that could not be started leaves something to look at.
        if (
          error instanceof StartError &&
          (error.reason === "RunContainerError" || error.reason === "PostStartHookError")
        )
          started = true;
      }
    }
    return started;
  }

  async #killStarted(id: string, kinded: KindedContainer, message: string): Promise<void> {
    const record = await this.#context.observer.pod(this.uid);
    const run = record.containers.find((container) => container.id === id);
    if (run) await this.#stop(run, kinded, { record, message });
  }

  #startFailed(kinded: KindedContainer, error: unknown): void {
    const { events, clock, log } = this.#context;
    const { name } = kinded.container;
    const failure =
      error instanceof StartError
        ? error
        : new StartError("CreateContainerError", (error as Error).message, { cause: error });
    const image = /^(ErrImage|ImagePull)/.test(failure.reason);
    if (failure.reason !== "PostStartHookError") {
      events.container(this.#pod, kinded, "Warning", "Failed", `Error: ${image ? failure.reason : failure.message}`);
    }
    log.info(
      { pod: this.uid, container: name, reason: failure.reason, message: failure.message },
      "a container was not started",
    );
    this.#waiting.set(name, { reason: failure.reason, message: failure.message });
    const tries = (this.#tries.get(name) ?? 0) + 1;
    this.#tries.set(name, tries);
    const at = failure.retryAt ?? clock.now() + Math.min(retryMsMax, retryFirstMs * 2 ** (tries - 1));
    this.#nextTry = Math.min(this.#nextTry ?? Infinity, at);
  }

  #noteCrashing({ crashing }: PodPlan): void {
    const { events } = this.#context;
    for (const kinded of containersOf(this.#pod)) {
      const { name } = kinded.container;
      const waiting = crashing.get(name);
      if (!waiting) {
        this.#told.delete(name);
        if (this.#waiting.get(name)?.reason === "CrashLoopBackOff") this.#waiting.delete(name);
        continue;
      }
      this.#waiting.set(name, waiting);
      if (this.#told.get(name) === waiting.message) continue;
      this.#told.set(name, waiting.message);
      const where = `${nameOf(this.#pod)}_${namespaceOf(this.#pod)}(${this.uid})`;
      events.container(
        this.#pod,
        kinded,
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${name} in pod ${where}`,
      );
    }
  }

  // ---- terminating

  async #beginTermination(): Promise<undefined> {
    this.#mode = "terminating";
    this.#graceSeconds ??=
      this.#verdict && !this.#pod.metadata.deletionTimestamp
        ? Math.min(gracePeriodOf(this.#pod), 30)
        : gracePeriodOf(this.#pod);
    this.#dirty = true;
    return undefined;
  }

  async #terminate(): Promise<undefined> {
    const { observer, killer, probes } = this.#context;
    const record = await observer.pod(this.uid);
    for (const { id } of record.containers) probes.stopRestarting(id);
    const graceSeconds = this.#graceSeconds ?? gracePeriodOf(this.#pod);
    await this.#tellUntil(killer.pod({ pod: this.#pod, record, graceSeconds }));
    await Promise.all(this.#killing.values());
    const ended = await observer.pod(this.uid);
    await this.#readMessages(ended);
    for (const { id } of ended.containers) probes.stop(id);
    await killer.sandboxes(ended);
    this.#publish(await observer.pod(this.uid), true);
    this.#mode = "terminated";
    this.#dirty = true;
    return undefined;
  }

  async #tellUntil(ended: Promise<void>): Promise<void> {
    let isOver = false;
    const over = ended.finally(() => {
      isOver = true;
    });
    try {
      while (!isOver) {
        const probed = Promise.withResolvers<void>();
        this.#probedWhileEnding = probed.resolve;
        await Promise.race([over, probed.promise]);
        if (!isOver) this.#publish(await this.#context.observer.pod(this.uid), false);
      }
    } finally {
      this.#probedWhileEnding = undefined;
    }
  }

  #hasten(graceSeconds: number): void {
    const { observer, killer, log } = this.#context;
    if (graceSeconds >= (this.#graceSeconds ?? Infinity)) return;
    this.#graceSeconds = graceSeconds;
    observer
      .pod(this.uid)
      .then((record) => killer.hasten(record, graceSeconds))
      .catch((err: unknown) => log.debug({ err, pod: this.uid }, "a shorter grace was not passed on"));
  }

  // ---- terminated

  async #finish(): Promise<undefined> {
    const { volumes, cgroups, statuses, observer, resizer } = this.#context;
    if (this.#volumesDone !== true) {
      await volumes.unmount(this.uid);
      await cgroups.removePod(this.#pod);
      resizer.forget(await observer.pod(this.uid));
      this.#volumesDone = true;
      this.#down.resolve();
      statuses.finish(this.#pod);
    }
    if (!this.#removed) return undefined;
    await cleanUp(this.#pod, this.#context);
    this.#mode = "gone";
    statuses.forget(this.uid);
    this.#context.gone(this.uid);
    return undefined;
  }

  #volumesDone: boolean | undefined;
}

function mergedConditions(own: PodStatus, api: PodStatus | undefined): NonNullable<PodStatus["conditions"]> {
  const ours = own.conditions ?? [];
  const fromApi = api?.conditions ?? [];
  const generated = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
  return [...ours.filter(({ type }) => generated.has(type)), ...fromApi.filter(({ type }) => !generated.has(type))];
}
