/** observe → plan → apply for one DaemonSet. */
import { resources } from "#api/gen/resources.ts";
import type { ControllerRevision, DaemonSet } from "#api/types/apps/v1";
import type { Node, Pod } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import {
  done,
  type EventRecorder,
  type Informer,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { History, hashLabelOf } from "../framework/history.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { byController, claim, controllerReference, orphansOf } from "../framework/owners.ts";
import { isTerminal, nextAvailabilityMs, podFromTemplate } from "../framework/pods.ts";
import { inWaves } from "../framework/waves.ts";
import { affinityFor, tolerationsOf } from "./nodes.ts";
import { plan, revisionLabel, type Situation, statusOf } from "./plan.ts";

const generationKey = "deprecated.daemonset.template.generation";
const generationLabel = "pod-template-generation";

export class DaemonSetReconciler {
  readonly #context: ControllerContext;
  readonly #sets: Informer<DaemonSet>;
  readonly #pods: Informer<Pod>;
  readonly #nodes: Informer<Node>;
  readonly #history: History;
  readonly #own: OwnWrites<Pod>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    const { client, informers } = context;
    this.#context = context;
    this.#sets = informers.informer(resources.daemonsets);
    this.#pods = informers.informer(resources.pods);
    this.#nodes = informers.informer(resources.nodes);
    this.#own = new OwnWrites(this.#pods);
    this.#recorder = context.recorder("daemonset-controller");
    const cache = informers.informer(resources.controllerrevisions);
    this.#history = new History({ client: client.controllerrevisions, cache, hashLabel: revisionLabel });
    this.#sets.addHandler({ deleted: ({ metadata }) => this.#own.forget(metadata.uid ?? "") });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const set = this.#sets.get(key);
    if (!set || set.metadata.deletionTimestamp) return done;
    if (
      Object.keys(set.spec.selector?.matchLabels ?? {}).length === 0 &&
      !set.spec.selector?.matchExpressions?.length
    ) {
      this.#recorder.warning(
        set,
        "SelectingAll",
        "This daemon set is selecting all pods. A non-empty selector is required.",
      );
      return done;
    }
    const { situation, revisions, revision, collisionCount } = await this.#observe(set, signal);
    let failure: unknown;
    try {
      await this.#apply(situation, signal);
    } catch (error) {
      failure = error;
    }
    const now = this.#context.clock.now();
    const pods = this.#own.view(set.metadata.uid ?? "", this.#cached(set), now);
    const count = collisionCount === 0 ? set.status?.collisionCount : collisionCount;
    await this.#writeStatus(set, statusOf({ ...situation, pods, now }, count), signal);
    if (failure) throw failure;
    const used = new Set([...pods.map(({ metadata }) => metadata.labels?.[revisionLabel]), situation.hash]);
    const isUsed = (one: Readonly<ControllerRevision>) =>
      one.metadata.uid === revision.metadata.uid || used.has(hashLabelOf(one, revisionLabel));
    await this.#history.truncate(set, revisions, isUsed, signal);
    const waitMs = nextAvailabilityMs(pods, set.spec.minReadySeconds ?? 0, now);
    return waitMs === undefined ? done : { requeueAfterMs: waitMs };
  }

  #cached(set: Readonly<DaemonSet>): Iterable<Readonly<Pod>> {
    return this.#pods.byIndex(byController, set.metadata.uid ?? "");
  }

  async #observe(set: Readonly<DaemonSet>, signal: AbortSignal) {
    const { namespace = "", name = "", uid = "" } = set.metadata;
    const { client, clock } = this.#context;
    const selector = labelSelectorFrom(set.spec.selector);
    const readOwner = () => client.daemonsets.get({ namespace, name }, { signal });
    const candidates = [...this.#cached(set), ...this.#pods.byIndex(byController, orphansOf(namespace))];
    const claimed = await claim({ owner: set, selector, candidates, resource: client.pods, readOwner, signal });
    const revisions = await this.#history.list(set, selector, readOwner, signal);
    const current = await this.#history.current(set, revisions, set.status?.collisionCount ?? 0, signal);
    const now = clock.now();
    const situation: Situation = {
      set,
      sample: podFromTemplate(set.spec.template, {
        namespace,
        generateName: `${name}-`,
        owner: controllerReference(set),
      }),
      nodes: [...this.#nodes.list()],
      pods: this.#own.view(uid, claimed, now),
      hash: hashLabelOf(current.revision, revisionLabel),
      now,
    };
    return { situation, revisions, ...current };
  }

  async #apply(situation: Situation, signal: AbortSignal): Promise<void> {
    const { create, remove } = plan(situation);
    await inWaves(create, (node) => this.#create(situation, node, signal));
    await Promise.all(remove.map((pod) => this.#remove(situation.set, pod, signal)));
  }

  async #create({ set, sample, hash }: Situation, node: string, signal: AbortSignal): Promise<void> {
    const pod = structuredClone(sample) as Pod;
    const generation = set.metadata.annotations?.[generationKey];
    pod.metadata.labels = {
      ...pod.metadata.labels,
      [revisionLabel]: hash,
      ...(generation === undefined ? {} : { [generationLabel]: generation }),
    };
    pod.spec.tolerations = tolerationsOf(pod);
    pod.spec.affinity = affinityFor(pod.spec.affinity, node);
    try {
      const made = await this.#context.client.pods.create(pod, { signal });
      this.#own.created(set.metadata.uid ?? "", made);
      this.#recorder.normal(set, "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!signal.aborted) this.#recorder.warning(set, "FailedCreate", `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  async #remove(set: Readonly<DaemonSet>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    if (isTerminal(pod) && pod.status?.phase === "Failed") {
      const text = `Found failed daemon pod ${namespace}/${name} on node ${pod.spec.nodeName}, will try to kill it`;
      this.#recorder.warning(set, "FailedDaemonPod", text);
    }
    try {
      await this.#context.client.pods.delete({ namespace, name }, { signal, body: { preconditions: { uid } } });
      this.#own.deleted(set.metadata.uid ?? "", pod);
      this.#recorder.normal(set, "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (error) {
      if (isNotFound(error) || (error instanceof StatusError && error.reason === "Conflict")) return;
      this.#recorder.warning(set, "FailedDelete", `Error deleting: ${(error as Error).message}`);
      throw error;
    }
  }

  async #writeStatus(set: Readonly<DaemonSet>, status: DaemonSet["status"], signal: AbortSignal): Promise<void> {
    if (!status || sameJson(status, set.status)) return;
    try {
      await this.#context.client.daemonsets.updateStatus({ ...set, status }, { signal });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
