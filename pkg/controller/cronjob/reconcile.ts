/** observe → plan → apply for one CronJob. */
import { resources } from "#api/gen/resources.ts";
import type { CronJob, CronJobStatus, Job } from "#api/types/batch/v1";
import type { ObjectReference } from "#api/types/core/v1";
import {
  done,
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  type Outcome,
} from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { compact, sameJson } from "../framework/equal.ts";
import { byController, controllerReference, isControlledBy } from "../framework/owners.ts";
import { decide, endedAt, endingOf, surplusHistory } from "./plan.ts";
import { parseSchedule, type Schedule } from "./schedule.ts";

const scheduledKey = "batch.kubernetes.io/cronjob-scheduled-timestamp";

/** One name a minute: a job is made once, whoever tries. */
const jobNameOf = ({ metadata }: Readonly<CronJob>, at: number): string =>
  `${metadata.name}-${Math.floor(at / 60_000)}`;

export class CronJobReconciler {
  readonly #context: ControllerContext;
  readonly #cronJobs: Informer<CronJob>;
  readonly #jobs: Informer<Job>;
  readonly #recorder: EventRecorder;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#cronJobs = context.informers.informer(resources.cronjobs);
    this.#jobs = context.informers.informer(resources.jobs);
    this.#recorder = context.recorder("cronjob-controller");
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const cached = this.#cronJobs.get(key);
    if (!cached) return done;
    const jobs = [...this.#jobs.byIndex(byController, cached.metadata.uid ?? "")];
    const cronJob = await this.#newest(cached, jobs, signal);
    if (!cronJob) return done;
    for (const job of surplusHistory(cronJob, jobs)) await this.#delete(cronJob, job, signal);
    const status = await this.#settle(cronJob, jobs, signal);
    const current = await this.#writeStatus(cronJob, status, signal);
    if (!current || cronJob.metadata.deletionTimestamp || cronJob.spec.suspend) return done;
    const schedule = this.#schedule(cronJob);
    if (!schedule) return done;
    await this.#start(current, schedule, signal);
    const now = this.#context.clock.now();
    const next = schedule.next(now);
    // A little late, so that the time has surely come on every clock.
    return next === undefined ? done : { requeueAfterMs: next - now + 100 };
  }

  #schedule(cronJob: Readonly<CronJob>): Schedule | undefined {
    const { schedule, timeZone } = cronJob.spec;
    try {
      return parseSchedule(schedule, timeZone);
    } catch (error) {
      this.#recorder.warning(
        cronJob,
        "UnparseableSchedule",
        `unparseable schedule: ${JSON.stringify(schedule)} : ${(error as Error).message}`,
      );
      return undefined;
    }
  }

  /** The cache of jobs may be ahead of that of cron jobs: a job that the cached one does not know is asked for in the newest. */
  async #newest(
    cached: Readonly<CronJob>,
    jobs: readonly Readonly<Job>[],
    signal: AbortSignal,
  ): Promise<Readonly<CronJob> | undefined> {
    const known = new Set((cached.status?.active ?? []).map(({ uid }) => uid));
    if (jobs.every((job) => endingOf(job) || known.has(job.metadata.uid))) return cached;
    const { namespace = "", name = "" } = cached.metadata;
    try {
      const current = await this.#context.client.cronjobs.get({ namespace, name }, { signal });
      return current.metadata.uid === cached.metadata.uid ? current : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The status after jobs have ended, or are gone, since it was written. */
  async #settle(
    cronJob: Readonly<CronJob>,
    jobs: readonly Readonly<Job>[],
    signal: AbortSignal,
  ): Promise<CronJobStatus> {
    const { status = {} } = cronJob;
    const byUid = new Map(jobs.map((job) => [job.metadata.uid, job]));
    const active: ObjectReference[] = [];
    let lastSuccess = status.lastSuccessfulTime ? Date.parse(status.lastSuccessfulTime) : 0;
    const known = new Set((status.active ?? []).map(({ uid }) => uid));
    for (const job of jobs) {
      const ending = endingOf(job);
      if (ending === "Complete") lastSuccess = Math.max(lastSuccess, endedAt(job));
      if (!ending && !known.has(job.metadata.uid)) {
        this.#recorder.warning(
          cronJob,
          "UnexpectedJob",
          `Saw a job that the controller did not create or forgot: ${job.metadata.name}`,
        );
      }
    }
    for (const reference of status.active ?? []) {
      const job = byUid.get(reference.uid) ?? (await this.#find(cronJob, reference, signal));
      const ending = job && endingOf(job);
      if (!job) this.#recorder.normal(cronJob, "MissingJob", `Active job went missing: ${reference.name}`);
      else if (ending) {
        this.#recorder.normal(
          cronJob,
          "SawCompletedJob",
          `Saw completed job: ${job.metadata.name}, condition: ${ending}`,
        );
      } else active.push(reference);
    }
    return compact({
      active: active.length > 0 ? active : undefined,
      lastScheduleTime: status.lastScheduleTime,
      lastSuccessfulTime: lastSuccess > 0 ? timeText(lastSuccess) : undefined,
    }) as CronJobStatus;
  }

  /** The cache may not know a job yet that we have just made. */
  async #find(
    cronJob: Readonly<CronJob>,
    { namespace = "", name = "", uid }: ObjectReference,
    signal: AbortSignal,
  ): Promise<Job | undefined> {
    try {
      const job = await this.#context.client.jobs.get({ namespace, name }, { signal });
      return job.metadata.uid === uid && isControlledBy(job, cronJob) ? job : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async #start(cronJob: Readonly<CronJob>, schedule: Schedule, signal: AbortSignal): Promise<void> {
    const now = this.#context.clock.now();
    const active = cronJob.status?.active ?? [];
    const { decision, tooMany } = decide(cronJob, schedule, active.length, now);
    if (tooMany) {
      const text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
      this.#recorder.warning(cronJob, "TooManyMissedTimes", text);
    }
    if (decision.kind === "missedDeadline") {
      this.#recorder.warning(
        cronJob,
        "MissSchedule",
        `Missed scheduled time to start a job: ${new Date(decision.at).toUTCString().replace("GMT", "UTC")}`,
      );
    } else if (decision.kind === "forbidden") {
      this.#recorder.normal(
        cronJob,
        "JobAlreadyActive",
        "Not starting job because prior execution is running and concurrency policy is Forbid",
      );
    } else if (decision.kind === "start") {
      if (decision.replaces) for (const reference of active) await this.#replace(cronJob, reference, signal);
      await this.#create(cronJob, decision.at, decision.replaces ? [] : active, signal);
    }
  }

  async #replace(cronJob: Readonly<CronJob>, reference: ObjectReference, signal: AbortSignal): Promise<void> {
    const job = await this.#find(cronJob, reference, signal);
    if (job) await this.#delete(cronJob, job, signal);
  }

  async #create(
    cronJob: Readonly<CronJob>,
    at: number,
    active: readonly ObjectReference[],
    signal: AbortSignal,
  ): Promise<void> {
    const { namespace = "" } = cronJob.metadata;
    const { metadata, spec } = structuredClone(cronJob.spec.jobTemplate);
    const job: Job = {
      metadata: {
        name: jobNameOf(cronJob, at),
        namespace,
        ...(metadata?.labels ? { labels: metadata.labels } : {}),
        annotations: { ...metadata?.annotations, [scheduledKey]: timeText(at) },
        ownerReferences: [controllerReference(cronJob)],
      },
      spec: spec ?? { template: { spec: { containers: [] } } },
    };
    let made: Job;
    try {
      made = await this.#context.client.jobs.create(job, { signal });
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isAlreadyExists(error)) {
        this.#recorder.warning(cronJob, "FailedCreate", `Error creating job: ${(error as Error).message}`);
        throw error;
      }
      made = await this.#context.client.jobs.get({ namespace, name: job.metadata.name ?? "" }, { signal });
      if (!isControlledBy(made, cronJob)) throw error;
      if (endingOf(made)) return;
    }
    this.#recorder.normal(cronJob, "SuccessfulCreate", `Created job ${made.metadata.name}`);
    const reference: ObjectReference = {
      apiVersion: "batch/v1",
      kind: "Job",
      name: made.metadata.name ?? "",
      namespace,
      uid: made.metadata.uid ?? "",
      resourceVersion: made.metadata.resourceVersion ?? "",
    };
    const others = active.filter(({ uid }) => uid !== made.metadata.uid);
    await this.#writeStatus(
      cronJob,
      { ...cronJob.status, active: [...others, reference], lastScheduleTime: timeText(at) },
      signal,
    );
  }

  async #delete(cronJob: Readonly<CronJob>, job: Readonly<Job>, signal: AbortSignal): Promise<void> {
    const { namespace = "", name = "", uid = "" } = job.metadata;
    try {
      const body = { propagationPolicy: "Background" as const, preconditions: { uid } };
      await this.#context.client.jobs.delete({ namespace, name }, { signal, body });
      this.#recorder.normal(cronJob, "SuccessfulDelete", `Deleted job ${name}`);
    } catch (error) {
      if (isNotFound(error)) return;
      this.#recorder.warning(cronJob, "FailedDelete", `Deleted job: ${(error as Error).message}`);
      throw error;
    }
  }

  /** The object as stored after it; undefined when it is gone. */
  async #writeStatus(
    cronJob: Readonly<CronJob>,
    status: CronJobStatus,
    signal: AbortSignal,
  ): Promise<Readonly<CronJob> | undefined> {
    if (sameJson(status, cronJob.status ?? {})) return cronJob;
    try {
      return await this.#context.client.cronjobs.updateStatus({ ...cronJob, status }, { signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}
