/**
 * One pod's life on this node. A worker runs one step at a time; whatever happens only marks it dirty. Its modes follow
 * each other: syncing (as the spec says), terminating (everything is stopped), terminated (cleaned up; the API may forget
 * it), and gone (the runtime has forgotten it too).
 */
import type { Pod, PodStatus } from "#api/types/core/v1";
import { lastWords } from "../containers/last-words.ts";
import { containersOf, gracePeriodOf, type KindedContainer, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { type ContainerRecord, latest, type PodRecord, readySandbox } from "../runtime/state.ts";
import { generateStatus, type PodVerdict } from "../status/generate.ts";
import { VolumeError } from "../volumes/errors.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import { retryDelayMs } from "./backoff.ts";
import type { WorkerContext } from "./context.ts";
import { AwaitedExits } from "./exits.ts";
import { type PodPlan, planPod } from "./plan.ts";
import { cleanUp } from "./remains.ts";
import { ContainerStarts } from "./starts.ts";
import { ContainerStops, type Stop } from "./stops.ts";

type Mode = "syncing" | "terminating" | "terminated" | "gone";

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
  #volumesGone = false;
  #volumes: ReadonlyMap<string, MountedVolume> = new Map();
  /** Last words of ended containers, by id. */
  readonly #messages = new Map<string, string>();
  readonly #exits = new AwaitedExits();
  readonly #starts: ContainerStarts;
  readonly #stops: ContainerStops;

  constructor(pod: Pod, context: WorkerContext) {
    this.uid = uidOf(pod);
    this.#pod = pod;
    this.#context = context;
    this.#status = pod.status ?? {};
    this.#starts = new ContainerStarts(context);
    this.#stops = new ContainerStops(context, () => this.kick());
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

  /** Deleted, removed, or judged: it is to end. */
  get #isUnwanted(): boolean {
    return this.#removed || this.#verdict !== undefined || Boolean(this.#pod.metadata.deletionTimestamp);
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
    this.#exits.add(id);
    this.kick();
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
          const delayMs = retryDelayMs(this.#failures++);
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
    if (this.#isUnwanted || finished) return this.#beginTermination();
    const [ready] = await Promise.all([this.#ensureSandbox(record), this.#mountVolumes()]);
    const { plan, record: current } = ready;
    for (const { run, container, ...why } of plan.kill) this.#stop(run, container, { record: current, ...why });
    await this.#resize(current);
    const started = await this.#start(plan, current);
    this.#starts.noteCrashing(this.#pod, plan);
    if (started) this.#dirty = true;
    this.#publish(current, false);
    const lookIn = this.#exits.look(current);
    const lookAt = lookIn === undefined ? undefined : this.#context.clock.now() + lookIn;
    const wakes = [plan.wakeAt, deadlineAt, this.#starts.retryAt, lookAt].filter((at) => at !== undefined);
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
      waiting: this.#starts.waiting,
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
    await this.#prepareDevices();
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

  async #prepareDevices(): Promise<void> {
    const { devices, events } = this.#context;
    try {
      await devices.manager.prepare(this.#pod);
    } catch (error) {
      const message = `Failed to prepare dynamic resources: ${(error as Error).message}`;
      events.pod(this.#pod, "Warning", "FailedPrepareDynamicResources", message);
      throw error;
    }
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

  #stop(run: ContainerRecord, kinded: KindedContainer, why: Omit<Stop, "pod">): Promise<void> {
    return this.#stops.stop(run, kinded, { pod: this.#pod, ...why });
  }

  #start(plan: PodPlan, record: PodRecord): Promise<boolean> {
    return this.#starts.start(plan, {
      pod: this.#pod,
      record,
      volumes: this.#volumes,
      ends: () => this.#isUnwanted,
      stop: (id, kinded, message) => this.#stopStarted(id, kinded, message),
    });
  }

  async #stopStarted(id: string, kinded: KindedContainer, message: string): Promise<void> {
    const record = await this.#context.observer.pod(this.uid);
    const run = record.containers.find((container) => container.id === id);
    if (run) await this.#stop(run, kinded, { record, message });
  }

  // ---- terminating

  #beginTermination(): undefined {
    this.#mode = "terminating";
    this.#graceSeconds ??=
      this.#verdict && !this.#pod.metadata.deletionTimestamp
        ? Math.min(gracePeriodOf(this.#pod), 30)
        : gracePeriodOf(this.#pod);
    this.#dirty = true;
    return undefined;
  }

  async #terminate(): Promise<undefined> {
    const { observer, killer, probes, devices } = this.#context;
    const record = await observer.pod(this.uid);
    for (const { id } of record.containers) probes.stopRestarting(id);
    const graceSeconds = this.#graceSeconds ?? gracePeriodOf(this.#pod);
    await this.#tellUntil(killer.pod({ pod: this.#pod, record, graceSeconds }));
    await this.#stops.settled();
    const ended = await observer.pod(this.uid);
    await this.#readMessages(ended);
    for (const { id } of ended.containers) probes.stop(id);
    await killer.sandboxes(ended);
    // Once the API hears that the pod has ended, its devices may go to another.
    await devices.manager.unprepare(this.#pod);
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
    if (!this.#volumesGone) {
      await volumes.unmount(this.uid);
      await cgroups.removePod(this.#pod);
      resizer.forget(await observer.pod(this.uid));
      this.#volumesGone = true;
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
}

function mergedConditions(own: PodStatus, api: PodStatus | undefined): NonNullable<PodStatus["conditions"]> {
  const ours = own.conditions ?? [];
  const fromApi = api?.conditions ?? [];
  const generated = new Set(["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"]);
  return [...ours.filter(({ type }) => generated.has(type)), ...fromApi.filter(({ type }) => !generated.has(type))];
}
