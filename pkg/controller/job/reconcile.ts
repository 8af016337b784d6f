/** observe → plan → apply for one Job. */
import { resources } from "#api/gen/resources.ts";
import type { Job } from "#api/types/batch/v1";
import type { Pod } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import {
  done,
  type EventRecorder,
  type Informer,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { OwnWrites } from "../framework/own-writes.ts";
import { byController, claim, controllerOf, orphansOf } from "../framework/owners.ts";
import { isActive } from "../framework/pods.ts";
import { inWaves } from "../framework/waves.ts";
import { isFinished, type Plan, plan, type Wanted } from "./plan.ts";
import { isTracked, newPod, trackingFinalizer } from "./pods.ts";

export class JobReconciler {
  readonly #context: ControllerContext;
  readonly #jobs: Informer<Job>;
  readonly #pods: Informer<Pod>;
  readonly #own: OwnWrites<Pod>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#jobs = context.informers.informer(resources.jobs);
    this.#pods = context.informers.informer(resources.pods);
    this.#own = new OwnWrites(this.#pods);
    this.#recorder = context.recorder("job-controller");
    this.#jobs.addHandler({ deleted: ({ metadata }) => this.#own.forget(metadata.uid ?? "") });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const job = this.#jobs.get(key);
    if (!job || job.spec.managedBy) return done;
    const uid = job.metadata.uid ?? "";
    const now = this.#context.clock.now();
    const pods = this.#own.view(uid, await this.#claimed(job, signal), now);
    if (job.metadata.deletionTimestamp) {
      await this.#release(pods, signal);
      return done;
    }
    const next = plan(job, pods, now);
    const written = await this.#apply(job, next, signal);
    if (written && next.againMs !== undefined) return { requeueAfterMs: next.againMs };
    return done;
  }

  #claimed(job: Readonly<Job>, signal: AbortSignal): Promise<Readonly<Pod>[]> {
    const { namespace = "", name = "", uid = "" } = job.metadata;
    const orphans = [...this.#pods.byIndex(byController, orphansOf(namespace))].filter(isActive);
    return claim({
      owner: job,
      selector: labelSelectorFrom(job.spec.selector),
      candidates: [...this.#pods.byIndex(byController, uid), ...orphans],
      resource: this.#context.client.pods,
      readOwner: () => this.#context.client.jobs.get({ namespace, name }, { signal }),
      signal,
    });
  }

  /**
   * A pod whose job is gone, or lets go of it, is on nobody's record: its finalizer would keep it for ever. One that a job
   * of its namespace selects is that job's to take up again.
   */
  async releaseOrphan(key: string, signal: AbortSignal): Promise<Outcome> {
    const pod = this.#pods.get(key);
    if (!pod || !isTracked(pod)) return done;
    const owner = controllerOf(pod);
    const { namespace = "" } = pod.metadata;
    if (owner) {
      if (owner.kind !== "Job") return done;
      if (this.#jobs.get(`${namespace}/${owner.name}`)?.metadata.uid === owner.uid) return done;
      // The cache may not know the newest job yet.
      const found = await this.#context.client.jobs
        .get({ namespace, name: owner.name }, { signal })
        .catch((error: unknown) => {
          if (isNotFound(error)) return undefined;
          throw error;
        });
      if (found?.metadata.uid === owner.uid) return done;
    } else {
      const jobs = [...this.#jobs.list(namespace)];
      if (jobs.some(({ spec }) => labelSelectorFrom(spec.selector).matches(pod.metadata.labels))) return done;
    }
    await this.#release([pod], signal);
    return done;
  }

  /** Status before finalizers: a pod may only go once it is on record. False when the job changed meanwhile. */
  async #apply(job: Readonly<Job>, next: Plan, signal: AbortSignal): Promise<boolean> {
    try {
      await inWaves([...next.create], (wanted) => this.#create(job, wanted, signal));
      await Promise.all(next.remove.map((pod) => this.#remove(job, pod, signal)));
    } catch (error) {
      if (!isNamespaceTerminating(error)) throw error;
    }
    if (!sameJson(next.status, job.status)) {
      try {
        const updated = await this.#context.client.jobs.updateStatus({ ...job, status: next.status }, { signal });
        this.#announce(job, updated);
      } catch (error) {
        if (isConflict(error) || isNotFound(error)) return false;
        throw error;
      }
    }
    await this.#release(next.release, signal);
    return true;
  }

  async #create(job: Readonly<Job>, { index, failures }: Wanted, signal: AbortSignal): Promise<void> {
    try {
      const made = await this.#context.client.pods.create(newPod(job, index, failures), { signal });
      this.#own.created(job.metadata.uid ?? "", made);
      this.#recorder.normal(job, "SuccessfulCreate", `Created pod: ${made.metadata.name}`);
    } catch (error) {
      if (!isNamespaceTerminating(error))
        this.#recorder.warning(job, "FailedCreate", `Error creating: ${(error as Error).message}`);
      throw error;
    }
  }

  async #remove(job: Readonly<Job>, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = pod.metadata;
    try {
      await this.#context.client.pods.delete({ namespace, name }, { signal, body: { preconditions: { uid } } });
      this.#own.deleted(job.metadata.uid ?? "", pod);
      this.#recorder.normal(job, "SuccessfulDelete", `Deleted pod: ${name}`);
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  async #release(pods: readonly Readonly<Pod>[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      pods.map(async ({ metadata: { namespace = "", name = "", uid, finalizers } }) => {
        if (!finalizers?.includes(trackingFinalizer)) return;
        const patch = { metadata: { uid, "$deleteFromPrimitiveList/finalizers": [trackingFinalizer] } };
        try {
          await this.#context.client.pods.patch({ namespace, name }, patch, { type: "strategic", signal });
        } catch (error) {
          if (!isNotFound(error) && !isConflict(error)) throw error;
        }
      }),
    );
  }

  #announce(old: Readonly<Job>, next: Readonly<Job>): void {
    if (isFinished(old) || !isFinished(next)) return;
    const failed = next.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
    if (failed) this.#recorder.warning(next, failed.reason ?? "Failed", failed.message ?? "");
    else this.#recorder.normal(next, "Completed", "Job completed");
  }
}
