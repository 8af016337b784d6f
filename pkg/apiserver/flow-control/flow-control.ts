/**
 * API priority and fairness: every request is classified, and takes seats of its priority level while it is executed. Where
 * there is room nothing waits and no promise is made.
 */
import type { FlowSchema, PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { isLongRunning, kindOf, type LimitedRequest, type Passage, type RequestLimiter } from "../filters/limiter.ts";
import { TooManyRequestsError } from "../filters/too-many-requests.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { Configuration } from "./configuration.ts";
import { FlowRequest } from "./flow-request.ts";
import { type Kind, type KindCounts, KindStatistics } from "./kind-statistics.ts";
import { flowOf, type ServedSchema } from "./served-schema.ts";
import { WatchCounts } from "./watch-counts.ts";
import { estimateWork, type WorkFacts } from "./work-estimate.ts";

const adjustMs = 10_000;
/** Of the time that a request has it may wait a quarter, and no longer than this. */
const waitMsMax = 60_000;
const waitPart = 1 / 4;

export interface FlowControlOptions {
  /** How many requests may be executed at once, all levels together. */
  readonly seats: number;
  /** Monotonic, with fractions of milliseconds. */
  readonly clock: Clock;
  readonly objectsOf: WorkFacts["objectsOf"];
  /** Another server executes it: a watch there takes no seat here. */
  readonly isDelegated: (info: RequestInfo) => boolean;
}

/** For who asks what is under way. */
export class Admission extends FlowRequest implements Passage {
  readonly info: RequestInfo;
  readonly user: RequestUser;
  readonly kind: Kind;
  declare readonly schema: ServedSchema;
  readonly #control: FlowControl;

  constructor(control: FlowControl, schema: ServedSchema, { info, user }: LimitedRequest) {
    super(schema, flowOf(schema, info, user), estimateWork(info, control.facts, schema));
    this.#control = control;
    this.info = info;
    this.user = user;
    this.kind = kindOf(info.method);
  }

  leave(now: number): void {
    if (this.stage === "executing") this.#control.end(this, now);
  }
}

export class FlowControl implements RequestLimiter {
  readonly configuration: Configuration;
  readonly kinds: KindStatistics;
  readonly facts: WorkFacts;
  readonly #options: FlowControlOptions;
  readonly #watches = new WatchCounts();
  #objects: readonly [
    levels: readonly Readonly<PriorityLevelConfiguration>[],
    schemas: readonly Readonly<FlowSchema>[],
  ];
  #adjusting: Disposable | undefined;

  constructor(options: FlowControlOptions) {
    this.#options = options;
    this.facts = { objectsOf: options.objectsOf, watches: this.#watches };
    this.configuration = new Configuration(options.seats, options.clock);
    this.kinds = new KindStatistics(options.clock.now());
    this.#objects = [[], []];
    this.configure([], []);
  }

  get executing(): Readonly<KindCounts> {
    return this.kinds.executing;
  }

  get waiting(): Readonly<KindCounts> {
    return this.kinds.waiting;
  }

  /** All objects that there are. Takes effect with the next request. */
  configure(levels: readonly Readonly<PriorityLevelConfiguration>[], schemas: readonly Readonly<FlowSchema>[]): void {
    this.#objects = [levels, schemas];
    this.configuration.apply(levels, schemas);
    let seats = 0;
    let places = 0;
    for (const { limits, settings } of this.configuration.levels) {
      seats += limits.nominal;
      if (typeof settings.excess !== "string") places += settings.excess.count * settings.excess.lengthMax;
    }
    this.kinds.relateTo({ seats, places });
  }

  /** Lets levels borrow from each other, until the signal says otherwise. */
  start(signal: AbortSignal): void {
    const again = (): void => {
      this.#adjusting = this.#options.clock.after(adjustMs, () => {
        this.configuration.adjust();
        again();
      });
    };
    again();
    signal.addEventListener("abort", () => this.#adjusting?.[Symbol.dispose](), { once: true });
  }

  /** Throws, or rejects with, TooManyRequestsError. */
  enter(limited: LimitedRequest): Passage | Promise<Passage> | undefined {
    const { info, user, exchange } = limited;
    if (isLongRunning(info) && info.resource?.verb !== "watch") return undefined;
    const schema = this.configuration.classifier.classify(info, user);
    exchange.carried = schema.headers;
    const admission = new Admission(this, schema, limited);
    schema.counts.estimatedSeats.observe(admission.seats);
    const start = schema.level.queueSet.start(admission, limited.arrivedAt);
    if (start === "executing") return this.#begin(admission, limited);
    if (start === "waiting") return this.#wait(admission, limited);
    throw this.#refuse(admission);
  }

  /** The request was answered. */
  end(admission: Admission, now: number): void {
    const { schema, kind, info } = admission;
    const { queueSet } = schema.level;
    queueSet.finish(admission, now);
    this.kinds.sync(queueSet.syncedAt);
    this.kinds.executing[kind] -= 1;
    const { watch, regular } = schema.counts.executions;
    const seconds = (queueSet.syncedAt - admission.startedAt) / 1000;
    (info.resource?.verb === "watch" ? watch : regular).observe(seconds);
    if (schema.level.isLeaving && queueSet.isIdle) this.configure(...this.#objects);
  }

  #begin(admission: Admission, { exchange, info }: LimitedRequest): Admission {
    const { schema, kind } = admission;
    this.kinds.sync(admission.startedAt);
    this.kinds.executing[kind] += 1;
    if (!schema.level.isExempt) schema.counts.waits.executed.observe(waitedSeconds(admission, admission.startedAt));
    if (info.resource?.verb === "watch") {
      const forget = this.#watches.add(info);
      if (forget) exchange.onClose(forget);
      if (this.#options.isDelegated(info)) admission.leave(admission.startedAt);
    }
    return admission;
  }

  async #wait(admission: Admission, limited: LimitedRequest): Promise<Passage> {
    const { level } = admission.schema;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    admission.decide = resolve;
    const withdraw = (): void => {
      if (level.queueSet.withdraw(admission)) resolve(false);
    };
    const waitMs = Math.min(limited.timeoutMs * waitPart, waitMsMax);
    using _timer = this.#options.clock.after(waitMs, withdraw);
    limited.exchange.onClose(withdraw);
    this.#countWaiting(admission, 1);
    const mayExecute = await promise;
    this.#countWaiting(admission, -1);
    if (!mayExecute) throw this.#refuse(admission);
    return this.#begin(admission, limited);
  }

  #countWaiting({ kind }: Admission, by: 1 | -1): void {
    this.kinds.sync(this.#options.clock.now());
    this.kinds.waiting[kind] += by;
  }

  #refuse(admission: Admission): TooManyRequestsError {
    const { level, counts } = admission.schema;
    const now = this.#options.clock.now();
    counts.waits.refused.observe(waitedSeconds(admission, now));
    level.retryAfter.refused(now);
    if (level.isLeaving && level.queueSet.isIdle) this.configure(...this.#objects);
    return new TooManyRequestsError(level.retryAfter.seconds);
  }
}

const waitedSeconds = ({ arrivedAt }: FlowRequest, until: number): number => Math.max(0, until - arrivedAt) / 1000;
