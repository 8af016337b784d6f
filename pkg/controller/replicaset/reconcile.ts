/** observe → plan → apply for one ReplicaSet, or for anything else that keeps a number of equal pods. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import type { LabelSelector } from "#pkg/apimachinery/labels/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import {
  done,
  type EventRecorder,
  type Informer,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
  type ResourceClient,
} from "#pkg/client/index.ts";
import { timeText, withCondition, withoutCondition } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { Latest } from "../framework/latest.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { byController, claim, controllerOf, controllerReference, orphansOf } from "../framework/owners.ts";
import { isActive, nextAvailabilityMs, podFromTemplate } from "../framework/pods.ts";
import { inWaves } from "../framework/waves.ts";
import { plan, statusOf } from "./plan.ts";

/** Kinds that differ in how they select and in what they are called. */
export interface ReplicaKind {
  readonly ref: ResourceRef<Replicating>;
  readonly client: ResourceClient<Replicating>;
  /** The source of events. */
  readonly component: string;
  selectorOf(set: Readonly<Replicating>): LabelSelector;
}

/** The fields that both kinds have. */
export interface Replicating extends KubeObject {
  readonly spec: Pick<ReplicaSet["spec"], "replicas" | "minReadySeconds" | "template">;
  status?: ReplicaSetStatus;
}

export class ReplicaReconciler {
  readonly #context: ControllerContext;
  readonly #kind: ReplicaKind;
  readonly #sets: Informer<Replicating>;
  readonly #pods: Informer<Pod>;
  readonly #own: OwnWrites<Pod>;
  readonly #latest: Latest<Replicating>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext, kind: ReplicaKind) {
    this.#context = context;
    this.#kind = kind;
    this.#sets = context.informers.informer(kind.ref);
    this.#pods = context.informers.informer(resources.pods);
    this.#own = new OwnWrites(this.#pods);
    this.#recorder = context.recorder(kind.component);
    this.#latest = new Latest(this.#sets);
    this.#sets.addHandler({
      deleted: ({ metadata: { uid = "" } }) => {
        this.#own.forget(uid);
        this.#latest.forget(uid);
      },
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const cached = this.#sets.get(key);
    if (!cached) return done;
    const rs = this.#latest.of(cached);
    const uid = rs.metadata.uid ?? "";
    const now = this.#context.clock.now();
    const owned = this.#own.view(uid, await this.#claimed(rs, signal), now);
    const failure = rs.metadata.deletionTimestamp ? undefined : await this.#apply(rs, owned, signal);
    await this.#writeStatus(rs, this.#own.view(uid, this.#cached(rs), now), failure, signal);
    if (failure) throw failure.error;
    const active = owned.filter(isActive);
    const waitMs = nextAvailabilityMs(active, rs.spec.minReadySeconds ?? 0, now);
    return waitMs === undefined ? done : { requeueAfterMs: waitMs };
  }

  *#cached(rs: Readonly<Replicating>): Iterable<Readonly<Pod>> {
    yield* this.#pods.byIndex(byController, rs.metadata.uid ?? "");
  }

  #claimed(rs: Readonly<Replicating>, signal: AbortSignal): Promise<Readonly<Pod>[]> {
    const { namespace = "", name = "", uid = "" } = rs.metadata;
    const pods = this.#pods;
    const candidates = [...pods.byIndex(byController, uid), ...pods.byIndex(byController, orphansOf(namespace))];
    return claim({
      owner: rs,
      selector: this.#kind.selectorOf(rs),
      candidates: candidates.filter((pod) => controllerOf(pod) !== undefined || isActive(pod)),
      resource: this.#context.client.pods,
      readOwner: () => this.#kind.client.get({ namespace, name }, { signal }),
      signal,
    });
  }

  /** Makes and removes pods; returns what went wrong instead of throwing, so that the status can tell. */
  async #apply(
    rs: Readonly<Replicating>,
    owned: readonly Readonly<Pod>[],
    signal: AbortSignal,
  ): Promise<Failure | undefined> {
    const { create, remove } = plan(rs.spec.replicas ?? 1, owned, this.#siblings(rs), this.#context.clock.now());
    try {
      await inWaves(Array.from({ length: create }), () => this.#create(rs, signal));
    } catch (error) {
      if (isNamespaceTerminating(error)) return undefined;
      return { reason: "FailedCreate", error: StatusError.from(error) };
    }
    try {
      await Promise.all(remove.map((pod) => this.#remove(rs, pod, signal)));
    } catch (error) {
      return { reason: "FailedDelete", error: StatusError.from(error) };
    }
    return undefined;
  }

  async #create(rs: Readonly<Replicating>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "" } = rs.metadata;
    const owner = controllerReference(rs);
    const pod = podFromTemplate(rs.spec.template, { namespace, generateName: `${name}-`, owner });
    try {
      const made = await this.#context.client.pods.create(pod, { signal });
      this.#own.created(rs.metadata.uid ?? "", made);
      this.#recorder.normal(rs, "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
    } catch (error) {
      if (!signal.aborted && !isNamespaceTerminating(error)) {
        this.#recorder.warning(rs, "FailedCreate", `Error creating: ${(error as Error).message}`);
      }
      throw error;
    }
  }

  async #remove(rs: Readonly<Replicating>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid } = pod.metadata;
    try {
      await this.#context.client.pods.delete(
        { namespace, name },
        { signal, body: { preconditions: { uid: uid ?? "" } } },
      );
      this.#own.deleted(rs.metadata.uid ?? "", pod);
      this.#recorder.normal(rs, "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (error) {
      if (isNotFound(error) || (error instanceof StatusError && error.reason === "Conflict")) return;
      this.#recorder.warning(rs, "FailedDelete", `Error deleting: ${(error as Error).message}`);
      throw error;
    }
  }

  /** Active pods of all ReplicaSets of the same Deployment, where there is one. */
  #siblings(rs: Readonly<Replicating>): Readonly<Pod>[] {
    const owner = controllerOf(rs);
    const sets = owner ? [...this.#sets.byIndex(byController, owner.uid)] : [rs];
    return sets.flatMap((set) => [...this.#cached(set)].filter(isActive));
  }

  async #writeStatus(
    rs: Readonly<Replicating>,
    owned: readonly Readonly<Pod>[],
    failure: Failure | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.#context.clock.now();
    const old = rs.status?.conditions ?? [];
    const conditions: ReplicaSetCondition[] = failure
      ? withCondition(old, {
          type: "ReplicaFailure",
          status: "True",
          reason: failure.reason,
          message: failure.error.message,
          lastTransitionTime: timeText(now),
        })
      : withoutCondition(old, "ReplicaFailure");
    const status = statusOf(rs, owned, conditions, now);
    if (sameJson(status, rs.status)) return;
    try {
      this.#latest.wrote(await this.#kind.client.updateStatus({ ...rs, status }, { signal }));
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

interface Failure {
  readonly reason: string;
  readonly error: StatusError;
}
