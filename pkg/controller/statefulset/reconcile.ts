/** observe → plan → apply for one StatefulSet. */
import { resources } from "#api/gen/resources.ts";
import type { ControllerRevision, StatefulSet } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import {
  done,
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { History } from "../framework/history.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { byController, claim, orphansOf } from "../framework/owners.ts";
import { nextAvailabilityMs } from "../framework/pods.ts";
import { type ClaimTools, ensureClaims, retainClaims } from "./claims.ts";
import { missingIdentity, ordinalOf, podAt, revisionLabel, startOf } from "./identity.ts";
import { plan, type Removal } from "./plan.ts";
import { type Revisions, statusOf } from "./status.ts";

/** The label of revisions; that of pods carries the revision's whole name. */
const hashLabel = "controller.kubernetes.io/hash";

interface Observed {
  readonly pods: readonly Readonly<Pod>[];
  readonly current: Readonly<ControllerRevision>;
  readonly update: Readonly<ControllerRevision>;
  readonly revisions: readonly Readonly<ControllerRevision>[];
  readonly names: Revisions;
}

export class StatefulSetReconciler {
  readonly #context: ControllerContext;
  readonly #sets: Informer<StatefulSet>;
  readonly #pods: Informer<Pod>;
  readonly #history: History;
  readonly #own: OwnWrites<Pod>;
  readonly #recorder: EventRecorder;
  readonly #claims: ClaimTools;

  constructor(context: ControllerContext) {
    const { client, informers } = context;
    this.#context = context;
    this.#sets = informers.informer(resources.statefulsets);
    this.#pods = informers.informer(resources.pods);
    this.#own = new OwnWrites(this.#pods);
    this.#recorder = context.recorder("statefulset-controller");
    const cache = informers.informer(resources.controllerrevisions);
    this.#history = new History({ client: client.controllerrevisions, cache, hashLabel });
    const claims = informers.informer(resources.persistentvolumeclaims);
    this.#claims = { client: client.persistentvolumeclaims, cache: claims, recorder: this.#recorder };
    this.#sets.addHandler({ deleted: ({ metadata }) => this.#own.forget(metadata.uid ?? "") });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const set = this.#sets.get(key);
    if (!set) return done;
    const { clock } = this.#context;
    const observed = await this.#observe(set, signal);
    const { pods, names } = observed;
    let failure: unknown;
    try {
      await this.#apply(set, observed, signal);
    } catch (error) {
      failure = error;
    }
    const now = clock.now();
    const after = this.#own.view(set.metadata.uid ?? "", this.#members(set, this.#cached(set)), now);
    await this.#writeStatus(set, statusOf(set, after, names, now), signal);
    if (failure) throw failure;
    const used = new Set([
      ...pods.map(({ metadata }) => metadata.labels?.[revisionLabel]),
      names.current,
      names.update,
    ]);
    await this.#history.truncate(set, observed.revisions, ({ metadata }) => used.has(metadata.name), signal);
    const waitMs = nextAvailabilityMs(pods, set.spec.minReadySeconds ?? 0, now);
    return waitMs === undefined ? done : { requeueAfterMs: waitMs };
  }

  #cached(set: Readonly<StatefulSet>): Iterable<Readonly<Pod>> {
    return this.#pods.byIndex(byController, set.metadata.uid ?? "");
  }

  #members(set: Readonly<StatefulSet>, pods: Iterable<Readonly<Pod>>): Readonly<Pod>[] {
    return [...pods].filter((pod) => ordinalOf(set, pod) !== undefined);
  }

  async #observe(set: Readonly<StatefulSet>, signal: AbortSignal): Promise<Observed> {
    const { namespace = "", name = "", uid = "" } = set.metadata;
    const { client, clock } = this.#context;
    const selector = labelSelectorFrom(set.spec.selector);
    const readOwner = () => client.statefulsets.get({ namespace, name }, { signal });
    const candidates = [...this.#cached(set), ...this.#pods.byIndex(byController, orphansOf(namespace))];
    const claimed = await claim({
      owner: set,
      selector,
      candidates: this.#members(set, candidates),
      resource: client.pods,
      readOwner,
      signal,
    });
    const pods = this.#own.view(uid, claimed, clock.now());
    const revisions = await this.#history.list(set, selector, readOwner, signal);
    const count = set.status?.collisionCount ?? 0;
    const { revision: update, collisionCount } = await this.#history.current(set, revisions, count, signal);
    const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
    const names = { current: current.metadata.name ?? "", update: update.metadata.name ?? "", collisionCount };
    return { pods, current, update, revisions, names };
  }

  async #apply(set: Readonly<StatefulSet>, observed: Observed, signal: AbortSignal): Promise<void> {
    const { pods, names } = observed;
    if (set.metadata.deletionTimestamp) return;
    for (const pod of pods) await this.#keepIdentity(set, pod, signal);
    const { create, remove } = plan(set, pods, names.update, this.#context.clock.now());
    for (const ordinal of create) await this.#create(set, ordinal, observed, signal);
    for (const removal of remove) await this.#remove(set, removal, signal);
  }

  async #keepIdentity(set: Readonly<StatefulSet>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const ordinal = ordinalOf(set, pod);
    if (ordinal === undefined || pod.metadata.deletionTimestamp) return;
    const labels = missingIdentity(set, pod, ordinal);
    const { namespace = "", name = "" } = pod.metadata;
    if (labels) {
      await this.#context.client.pods.patch({ namespace, name }, { metadata: { labels } }, { type: "merge", signal });
    }
    const end = startOf(set) + (set.spec.replicas ?? 1);
    if (ordinal < startOf(set) || ordinal >= end) return;
    await retainClaims({ set, pod, isCondemned: false }, this.#claims, signal);
  }

  async #create(set: Readonly<StatefulSet>, ordinal: number, observed: Observed, signal: AbortSignal): Promise<void> {
    await ensureClaims(set, ordinal, this.#claims, signal);
    const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
    const keepsOld = type === "RollingUpdate" && ordinal < startOf(set) + (rollingUpdate?.partition ?? 0);
    const pod = podAt(set, keepsOld ? observed.current : observed.update, ordinal);
    const what = `Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name}`;
    try {
      const made = await this.#context.client.pods.create(pod, { signal });
      this.#own.created(set.metadata.uid ?? "", made);
      this.#recorder.normal(set, "SuccessfulCreate", `Create ${what} successful`);
    } catch (error) {
      // The cache lags behind: the pod's own event brings us back.
      if (isAlreadyExists(error)) return;
      if (!signal.aborted) {
        this.#recorder.warning(set, "FailedCreate", `Create ${what} failed error: ${(error as Error).message}`);
      }
      throw error;
    }
  }

  async #remove(set: Readonly<StatefulSet>, { pod, why }: Removal, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    if (why === "scaled") await retainClaims({ set, pod, isCondemned: true }, this.#claims, signal);
    if (why === "ended") {
      const text = `StatefulSet ${namespace}/${set.metadata.name} is recreating ${pod.status?.phase === "Failed" ? "failed" : "terminated"} Pod ${name}`;
      const reason = pod.status?.phase === "Failed" ? "RecreatingFailedPod" : "RecreatingTerminatedPod";
      if (pod.status?.phase === "Failed") this.#recorder.warning(set, reason, text);
      else this.#recorder.normal(set, reason, text);
    }
    const what = `Pod ${name} in StatefulSet ${set.metadata.name}`;
    try {
      await this.#context.client.pods.delete({ namespace, name }, { signal, body: { preconditions: { uid } } });
      this.#own.deleted(set.metadata.uid ?? "", pod);
      this.#recorder.normal(set, "SuccessfulDelete", `Delete ${what} successful`);
    } catch (error) {
      if (isNotFound(error) || (error instanceof StatusError && error.reason === "Conflict")) return;
      this.#recorder.warning(set, "FailedDelete", `Delete ${what} failed error: ${(error as Error).message}`);
      throw error;
    }
  }

  async #writeStatus(set: Readonly<StatefulSet>, status: StatefulSet["status"], signal: AbortSignal): Promise<void> {
    if (sameJson(status, set.status) || !status) return;
    try {
      await this.#context.client.statefulsets.updateStatus({ ...set, status }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
