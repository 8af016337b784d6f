/** Who is to run here, from the API and from files: one worker for each, started, told and taken away. */
import type { Pod } from "#api/types/core/v1";
import type { RuntimeEvent } from "./cri/events.ts";
import { type Refusal, refusalOf } from "./node/admission.ts";
import { MirrorPods, mirroredUid, planMirrors } from "./pods/mirrors.ts";
import { isMirror, isStatic, nameOf, namespaceOf, uidOf } from "./pods/pod.ts";
import { StaticPodSource } from "./pods/static-source.ts";
import { forbiddenSysctl } from "./pods/sysctls.ts";
import type { Base, Rooms } from "./rooms.ts";
import type { PodRecord } from "./runtime/state.ts";
import type { PodVerdict } from "./status/generate.ts";
import type { WorkerContext } from "./workers/context.ts";
import type { PodStates } from "./workers/dead-containers.ts";
import { PodWorker } from "./workers/worker.ts";

/** Whether the node is in a state to take a pod, before anything is asked of the pod itself. */
export interface NodeState {
  refusalOf(pod: Pod): Refusal | undefined;
}

const keyOf = (pod: Pod): string => `${namespaceOf(pod)}/${nameOf(pod)}`;

export class PodDesk implements Disposable {
  readonly #base: Base;
  readonly #context: WorkerContext;
  readonly #node: NodeState;
  readonly #workers = new Map<string, PodWorker>();
  readonly #mirrors: MirrorPods;
  /** undefined: pods come from the API only. */
  readonly #statics: StaticPodSource | undefined;

  constructor(base: Base, rooms: Rooms, node: NodeState) {
    this.#base = base;
    this.#node = node;
    this.#context = {
      ...rooms,
      admit: (pod) => this.#refusalOf(pod),
      gone: (uid) => this.#gone(uid),
      computed: () => undefined,
    };
    const { options, clock, log, signal, client } = base;
    const { nodeName, staticPods } = options;
    this.#mirrors = new MirrorPods({ client, nodeName, log, signal });
    this.#statics =
      staticPods &&
      new StaticPodSource({ ...staticPods, nodeName, clock, log, signal, changed: () => this.#acceptStatics() });
  }

  get workers(): Iterable<PodWorker> {
    return this.#workers.values();
  }

  /** By uid: whose leavings in the runtime may be cleared away, and how many. */
  states(): PodStates {
    return new Map([...this.#workers.values()].map(({ uid, isActive }) => [uid, isActive ? "live" : "ended"]));
  }

  /** Reads the files. Comes before anything that could take their pods for orphans. */
  async begin(): Promise<void> {
    await this.#statics?.read();
    this.#acceptStatics();
  }

  /** Until the signal; an API server that is away does not matter to files. */
  async followFiles(): Promise<void> {
    await this.#statics?.run();
  }

  /** Call before the informers start. */
  followApi(): void {
    const accept = (pod: Readonly<Pod>) => this.#accept(pod);
    this.#base.pods.addHandler({
      added: accept,
      updated: accept,
      deleted: (pod) => {
        if (isMirror(pod)) this.#reconcileMirrors();
        else this.#workers.get(uidOf(pod))?.remove();
      },
    });
  }

  /** The runtime's own news. */
  tell({ id, kind }: RuntimeEvent): void {
    const worker = this.#workers.get(this.#context.observer.ownerOf(id) ?? "");
    if (kind === "exited") worker?.exited(id);
    else worker?.kick();
  }

  /** Compares what runs with what should, whatever events told; removes what nobody wants. */
  async relist(): Promise<void> {
    const { pods, signal } = this.#base;
    const { observer, cgroups } = this.#context;
    for (const [uid, record] of await observer.all(signal)) {
      const worker = this.#workers.get(uid);
      if (worker) worker.kick();
      else if (pods.isSynced) this.#removeOrphan(uid, record);
    }
    this.#reconcileMirrors();
    if (pods.isSynced) await cgroups.removeOthers(new Set(this.#workers.keys()));
  }

  [Symbol.dispose](): void {
    this.#statics?.[Symbol.dispose]();
  }

  #accept(pod: Readonly<Pod>): void {
    const { statuses } = this.#context;
    if (isMirror(pod)) {
      statuses.observed(pod, mirroredUid(pod));
      this.#reconcileMirrors();
      return;
    }
    const known = this.#workers.get(uidOf(pod));
    if (!known) {
      this.#employ(pod).kick();
      return;
    }
    statuses.observed(pod);
    known.update(pod);
  }

  #employ(pod: Readonly<Pod>): PodWorker {
    const worker = new PodWorker(pod, this.#context);
    this.#workers.set(uidOf(pod), worker);
    return worker;
  }

  #refusalOf(pod: Pod): PodVerdict | undefined {
    const { options, machine } = this.#base;
    const shortage = this.#node.refusalOf(pod);
    if (shortage) return { phase: "Failed", ...shortage };
    const message = forbiddenSysctl(pod, options.allowedUnsafeSysctls ?? []);
    if (message !== undefined) return { phase: "Failed", reason: "SysctlForbidden", message };
    const others = [...this.#workers.values()].filter((worker) => worker.occupies && worker.uid !== uidOf(pod));
    const { allocatable } = machine;
    const refusal = refusalOf(pod, { pods: others.map((worker) => worker.pod), allocatable });
    return refusal && { phase: "Failed", ...refusal };
  }

  /** A pod of the same name may be waiting behind the old one. */
  #gone(uid: string): void {
    this.#workers.delete(uid);
    this.#base.tokens.release(uid);
    for (const pod of this.#base.pods.list()) this.#accept(pod);
    this.#acceptStatics();
  }

  #staticWorkers(): PodWorker[] {
    return [...this.#workers.values()].filter(({ pod }) => isStatic(pod));
  }

  /** Starts what the files name anew and stops what they name no more; a changed manifest waits for its older self. */
  #acceptStatics(): void {
    const wanted = this.#statics?.pods ?? new Map<string, Pod>();
    for (const worker of this.#staticWorkers()) if (!wanted.has(worker.uid)) worker.remove();
    const taken = new Set(this.#staticWorkers().map(({ pod }) => keyOf(pod)));
    for (const pod of wanted.values()) if (!taken.has(keyOf(pod))) this.#employ(pod).kick();
    this.#reconcileMirrors();
  }

  #reconcileMirrors(): void {
    const { pods } = this.#base;
    if (!pods.isSynced) return;
    const wanted = () => this.#staticWorkers().map(({ pod }) => pod);
    void this.#mirrors.reconcile(() => planMirrors(wanted(), [...pods.list()]));
  }

  #removeOrphan(uid: string, { name, namespace }: PodRecord): void {
    const { log } = this.#base;
    log.info({ pod: `${namespace}/${name}`, uid }, "a pod that nobody wants any more was found and removed");
    this.#employ({ metadata: { uid, name, namespace }, spec: { containers: [] } }).remove();
  }
}
