/** observe → plan → apply for one Deployment. */
import { resources } from "#api/gen/resources.ts";
import type { Deployment, DeploymentStatus, ReplicaSet } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import {
  done,
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import { conditionOf, withCondition } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { byController, claim, controllerReference, isControlledBy, orphansOf } from "../framework/owners.ts";
import { isTerminal } from "../framework/pods.ts";
import {
  boundsOf,
  isRolling,
  newSetReplicas,
  planRolling,
  planScale,
  replicasOf,
  type Scale,
  sizeAnnotations,
  wasScaled,
} from "./plan.ts";
import { buildSet, findNew, newSetAnnotations, nextRevision, revisionKey, toForget } from "./revisions.ts";
import {
  type ConditionText,
  condition,
  countedStatus,
  hasDeadline,
  isComplete,
  pausedCondition,
  rolloutStatus,
  stuckAfterMs,
} from "./status.ts";

type Sets = readonly Readonly<ReplicaSet>[];

/** One look at a Deployment; replaced as writes return newer states. */
interface Work {
  d: Readonly<Deployment>;
  newSet: Readonly<ReplicaSet> | undefined;
  old: Sets;
}

export class DeploymentReconciler {
  readonly #context: ControllerContext;
  readonly #deployments: Informer<Deployment>;
  readonly #sets: Informer<ReplicaSet>;
  readonly #pods: Informer<Pod>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#deployments = context.informers.informer(resources.deployments);
    this.#sets = context.informers.informer(resources.replicasets);
    this.#pods = context.informers.informer(resources.pods);
    this.#recorder = context.recorder("deployment-controller");
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const cached = this.#deployments.get(key);
    if (!cached) return done;
    const sets = await this.#claimed(cached, signal);
    const newSet = findNew(cached, sets);
    const work: Work = { d: cached, newSet, old: sets.filter((rs) => rs !== newSet) };
    if (cached.metadata.deletionTimestamp) {
      await this.#writeStatus(work, countedStatus(work.d, newSet, sets, this.#now()), signal);
      return done;
    }
    await this.#tellPaused(work, signal);
    if (work.d.spec.paused || wasScaled(work.d, sets)) await this.#resize(work, signal);
    else if (isRolling(work.d)) await this.#roll(work, signal);
    else await this.#recreate(work, signal);
    const waitMs = stuckAfterMs(work.d, this.#now());
    return waitMs === undefined ? done : { requeueAfterMs: waitMs };
  }

  #now(): number {
    return this.#context.clock.now();
  }

  #claimed(d: Readonly<Deployment>, signal: AbortSignal): Promise<Sets> {
    const { namespace = "", name = "", uid = "" } = d.metadata;
    return claim({
      owner: d,
      selector: labelSelectorFrom(d.spec.selector),
      candidates: [...this.#sets.byIndex(byController, uid), ...this.#sets.byIndex(byController, orphansOf(namespace))],
      resource: this.#context.client.replicasets,
      readOwner: () => this.#context.client.deployments.get({ namespace, name }, { signal }),
      signal,
    });
  }

  async #tellPaused(work: Work, signal: AbortSignal): Promise<void> {
    const next = pausedCondition(work.d, this.#now());
    if (!next) return;
    const status = { ...work.d.status, conditions: withCondition(work.d.status?.conditions, next) };
    await this.#writeStatus(work, status, signal);
  }

  /** Paused, or only its size changed: no rollout step. */
  async #resize(work: Work, signal: AbortSignal): Promise<void> {
    await this.#ensureNewSet(work, { create: false }, signal);
    await this.#scale(work, planScale(work.d, work.newSet, work.old), signal);
    if (work.d.spec.paused) await this.#forgetOld(work, signal);
    await this.#writeStatus(work, countedStatus(work.d, work.newSet, all(work), this.#now()), signal);
  }

  async #roll(work: Work, signal: AbortSignal): Promise<void> {
    await this.#ensureNewSet(work, { create: true }, signal);
    if (!work.newSet) return;
    await this.#scale(work, planRolling(work.d, work.newSet, work.old), signal);
    await this.#finish(work, signal);
  }

  async #recreate(work: Work, signal: AbortSignal): Promise<void> {
    await this.#ensureNewSet(work, { create: false }, signal);
    const down = work.old.filter((rs) => replicasOf(rs) > 0).map((rs) => ({ rs, to: 0 }));
    if (down.length > 0) await this.#scale(work, down, signal);
    else if (!this.#oldPodsRun(work)) {
      await this.#ensureNewSet(work, { create: true }, signal);
      const { newSet } = work;
      const wanted = work.d.spec.replicas ?? 1;
      if (newSet && replicasOf(newSet) !== wanted) await this.#scale(work, [{ rs: newSet, to: wanted }], signal);
    }
    await this.#finish(work, signal);
  }

  #oldPodsRun({ old }: Work): boolean {
    return old.some((rs) => {
      if ((rs.status?.replicas ?? 0) > 0) return true;
      return [...this.#pods.byIndex(byController, rs.metadata.uid ?? "")].some((pod) => !isTerminal(pod));
    });
  }

  async #finish(work: Work, signal: AbortSignal): Promise<void> {
    if (isComplete(work.d, work.d.status ?? {})) await this.#forgetOld(work, signal);
    await this.#writeStatus(work, rolloutStatus(work.d, work.newSet, all(work), this.#now()), signal);
  }

  /** Finds or makes the ReplicaSet of the current template, and keeps both revisions up to date. */
  async #ensureNewSet(work: Work, { create }: { create: boolean }, signal: AbortSignal): Promise<void> {
    const revision = nextRevision(work.old);
    if (work.newSet) {
      await this.#refreshNewSet(work, work.newSet, revision, signal);
      const name = JSON.stringify(work.newSet.metadata.name);
      const known = conditionOf(work.d.status?.conditions, "Progressing");
      const text = { status: "True", reason: "FoundNewReplicaSet", message: `Found new replica set ${name}` } as const;
      await this.#tellRevision(work, known ? undefined : text, signal);
    } else if (create) await this.#createNewSet(work, revision, signal);
  }

  async #refreshNewSet(work: Work, rs: Readonly<ReplicaSet>, revision: bigint, signal: AbortSignal): Promise<void> {
    const { minReadySeconds = 0 } = work.d.spec;
    const annotations = newSetAnnotations(work.d, rs.metadata.annotations, revision);
    if (annotations === rs.metadata.annotations && (rs.spec.minReadySeconds ?? 0) === minReadySeconds) return;
    work.newSet = await this.#context.client.replicasets.update(
      { ...rs, metadata: { ...rs.metadata, annotations: { ...annotations } }, spec: { ...rs.spec, minReadySeconds } },
      { signal },
    );
  }

  async #createNewSet(work: Work, revision: bigint, signal: AbortSignal): Promise<void> {
    const { d } = work;
    const built = buildSet(d);
    const replicas = newSetReplicas(boundsOf(d), work.old, 0, isRolling(d));
    const annotations = { ...newSetAnnotations(d, undefined, revision), ...sizeAnnotations(d) };
    const metadata = { ...built.metadata, annotations, ownerReferences: [controllerReference(d)] };
    const name = metadata.name ?? "";
    try {
      work.newSet = await this.#context.client.replicasets.create(
        { metadata, spec: { ...built.spec, replicas } },
        { signal },
      );
    } catch (error) {
      await this.#notCreated(work, name, error, signal);
      return;
    }
    if (replicas > 0)
      this.#recorder.normal(d, "ScalingReplicaSet", `Scaled up replica set ${name} from 0 to ${replicas}`);
    const message = `Created new replica set ${JSON.stringify(name)}`;
    await this.#tellRevision(work, { status: "True", reason: "NewReplicaSetCreated", message }, signal);
  }

  async #notCreated(work: Work, name: string, error: unknown, signal: AbortSignal): Promise<void> {
    const { d } = work;
    const { namespace = "" } = d.metadata;
    if (isAlreadyExists(error)) {
      const existing = await this.#context.client.replicasets.get({ namespace, name }, { signal });
      if (isControlledBy(existing, d) && findNew(d, [existing])) {
        work.newSet = existing;
        return;
      }
      const collisionCount = (d.status?.collisionCount ?? 0) + 1;
      await this.#writeStatus(work, { ...d.status, collisionCount }, signal);
      throw error;
    }
    if (isNamespaceTerminating(error)) return;
    const message = `Failed to create new replica set ${JSON.stringify(name)}: ${(error as Error).message}`;
    this.#recorder.warning(d, "ReplicaSetCreateError", message);
    if (hasDeadline(d)) {
      const next = condition("Progressing", { status: "False", reason: "ReplicaSetCreateError", message }, this.#now());
      await this.#writeStatus(work, { ...d.status, conditions: withCondition(d.status?.conditions, next) }, signal);
    }
    throw error;
  }

  /** The Deployment shows the revision of its new ReplicaSet, and why it moves. */
  async #tellRevision(work: Work, text: ConditionText | undefined, signal: AbortSignal): Promise<void> {
    const { d } = work;
    const revision = work.newSet?.metadata.annotations?.[revisionKey];
    const shown = d.metadata.annotations?.[revisionKey] === revision;
    if (shown && (!text || !hasDeadline(d))) return;
    const next = text && hasDeadline(d) ? condition("Progressing", text, this.#now()) : undefined;
    const status = next ? { ...d.status, conditions: withCondition(d.status?.conditions, next) } : d.status;
    const annotations = { ...d.metadata.annotations, ...(revision === undefined ? {} : { [revisionKey]: revision }) };
    const changed = { ...d, metadata: { ...d.metadata, annotations }, ...(status ? { status } : {}) };
    work.d = await this.#context.client.deployments.updateStatus(changed, { signal });
  }

  async #scale(work: Work, scales: readonly Scale[], signal: AbortSignal): Promise<void> {
    const planned = new Map(scales.map(({ rs, to }) => [rs, to]));
    const apply = (rs: Readonly<ReplicaSet>) => this.#resizeSet(work.d, rs, planned.get(rs), signal);
    const old: Readonly<ReplicaSet>[] = [];
    for (const rs of work.old) old.push(await apply(rs));
    work.old = old;
    if (work.newSet) work.newSet = await apply(work.newSet);
  }

  /** Sets size and size annotations of a ReplicaSet that runs or is to run. */
  async #resizeSet(
    d: Readonly<Deployment>,
    rs: Readonly<ReplicaSet>,
    planned: number | undefined,
    signal: AbortSignal,
  ): Promise<Readonly<ReplicaSet>> {
    const from = replicasOf(rs);
    const to = planned ?? from;
    const annotations = { ...rs.metadata.annotations, ...sizeAnnotations(d) };
    const active = from > 0 || to > 0;
    if (from === to && (!active || sameJson(annotations, rs.metadata.annotations))) return rs;
    const changed = { ...rs, metadata: { ...rs.metadata, annotations }, spec: { ...rs.spec, replicas: to } };
    const written = await this.#context.client.replicasets.update(changed, { signal });
    if (from !== to) {
      const verb = to > from ? "up" : "down";
      const text = `Scaled ${verb} replica set ${rs.metadata.name} from ${from} to ${to}`;
      this.#recorder.normal(d, "ScalingReplicaSet", text);
    }
    return written;
  }

  async #forgetOld(work: Work, signal: AbortSignal): Promise<void> {
    for (const { metadata } of toForget(work.d, work.old)) {
      const { namespace = "", name = "" } = metadata;
      await this.#context.client.replicasets.delete({ namespace, name }, { signal }).catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
    }
  }

  async #writeStatus(work: Work, status: DeploymentStatus, signal: AbortSignal): Promise<void> {
    if (sameJson(status, work.d.status ?? {})) return;
    try {
      work.d = await this.#context.client.deployments.updateStatus({ ...work.d, status }, { signal });
    } catch (error) {
      if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
    }
  }
}

const all = ({ newSet, old }: Work): Sets => (newSet ? [...old, newSet] : old);
