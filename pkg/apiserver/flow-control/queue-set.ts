/**
 * The seats of one priority level and the queues before them: fair queueing for requests that take several seats, whose
 * length of service nobody knows beforehand (KEP-1040, "Fair Queuing for Server Requests").
 *
 * All active queues share the seats evenly: `progress` tells how much each of them could have had so far. A queue is due at
 * the progress at which it has had that; the queue whose next request would be done first is served first. Service counts
 * for a fixed time until its true length is known. Times are milliseconds, work is seat-milliseconds.
 */
import assert from "node:assert/strict";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { FairQueue } from "./fair-queue.ts";
import type { RejectionReason } from "./flow-counts.ts";
import { type FlowRequest, serviceMsExpected } from "./flow-request.ts";
import { Hands } from "./hands.ts";
import type { Excess, QueueSettings } from "./level-settings.ts";
import { LevelStatistics } from "./level-statistics.ts";
import { RequestList } from "./request-list.ts";

export type Start = "executing" | "waiting" | RejectionReason;

/** The progress when a request was last taken from a queue, and when the queues were due then. */
export interface LastDispatch {
  readonly progress: number;
  readonly due: number;
  readonly dueMin: number;
  readonly dueMax: number;
  /** Without the work that is under way. */
  readonly discountedMin: number;
  readonly discountedMax: number;
}

export class QueueSet {
  readonly statistics = new LevelStatistics();
  readonly #clock: Clock;
  #excess: Excess = "reject";
  #hands: Hands | undefined;
  #limit = 0;
  /** Made when first used: at most as many as the settings say, and those that are still needed of more. */
  readonly #queues = new Map<number, FairQueue>();
  readonly #withWaiters = new Set<FairQueue>();
  /** All that are executed. */
  readonly #running = new RequestList();
  #activeQueues = 0;
  #progress = 0;
  #syncedAt: number;
  /** Where among the queues the last one was served. */
  #robin = 0;
  #enqueued = 0;
  waiting = 0;
  executing = 0;
  seatsWaiting = 0;
  seatsInUse = 0;
  dispatched = 0;
  rejected = 0;
  cancelled = 0;
  lastDispatch: LastDispatch | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#syncedAt = clock.now();
  }

  get isIdle(): boolean {
    return this.waiting === 0 && this.executing === 0;
  }

  /** When anything was last looked at, by the clock. */
  get syncedAt(): number {
    return this.#syncedAt;
  }

  get progress(): number {
    return this.#progress;
  }

  get queues(): readonly FairQueue[] {
    return [...this.#queues.values()].sort((a, b) => a.index - b.index);
  }

  get running(): Iterable<FlowRequest> {
    return this.#running;
  }

  /** More seats are given away at once. Fewer queues: those above drain. */
  configure(excess: Excess, limit: number): void {
    this.#sync();
    if (typeof excess === "string") this.#hands = undefined;
    else if (!this.#hands || !isSameQueues(excess, this.#excess)) this.#hands = new Hands(excess);
    this.#excess = excess;
    this.#limit = limit;
    for (const queue of this.#queues.values()) this.#dropIfUnwanted(queue);
    this.#dispatch();
  }

  /** Brings the statistics up to now. */
  sync(): void {
    this.#sync();
  }

  /** A request that waits is told later, by its `decide`, which must then be set. `now`: by the clock. */
  start(request: FlowRequest, now = this.#clock.now()): Start {
    this.#sync(now);
    request.arrivedAt = now;
    request.arrivalProgress = this.#progress;
    if (typeof this.#excess === "string") return this.#startWithoutQueue(request);
    return this.#startByQueue(request, this.#excess);
  }

  /** An executing request was answered; its seats are free, at once or a little later. */
  finish(request: FlowRequest, now = this.#clock.now()): void {
    assert(request.stage === "executing", "only what is executed can end");
    this.#sync(now);
    request.stage = "over";
    this.#running.remove(request);
    this.executing -= 1;
    request.schema.counts.executingRequests -= 1;
    const { queue } = request;
    if (queue) {
      queue.executing -= 1;
      if (!queue.isActive) this.#activeQueues -= 1;
      queue.nextDue += request.initialSeats * (this.#syncedAt - request.startedAt - serviceMsExpected);
      queue.bound();
    }
    if (request.lingerMs <= 0 || request.finalSeats === 0) this.#release(request);
    else {
      this.#clock.after(request.lingerMs, () => {
        this.#sync();
        this.#release(request);
        this.#dispatch();
      });
    }
    this.#dispatch();
  }

  /** A request that waited long enough, or whose client has gone. False: it waits no more. */
  withdraw(request: FlowRequest): boolean {
    const { queue } = request;
    if (request.stage !== "waiting" || !queue) return false;
    this.#sync();
    this.#dequeue(request, queue);
    request.stage = "over";
    if (!queue.isActive) this.#activeQueues -= 1;
    queue.bound();
    this.#dropIfUnwanted(queue);
    this.cancelled += 1;
    this.#reject(request, "time-out");
    // It may have been all that kept the others waiting.
    this.#dispatch();
    return true;
  }

  /** Everything that is counted over time was as it is now, since the last time. */
  #sync(now = this.#clock.now()): void {
    const ms = now - this.#syncedAt;
    if (ms <= 0) return;
    this.#syncedAt = now;
    this.statistics.add(this, ms);
    if (this.#activeQueues === 0) return;
    const wanted = this.seatsInUse + this.seatsWaiting;
    this.#progress += (ms * Math.min(wanted, this.#limit)) / this.#activeQueues;
  }

  #startWithoutQueue(request: FlowRequest): Start {
    if (!this.#accommodates(request.seats)) return this.#reject(request, "concurrency-limit");
    this.#execute(request);
    return "executing";
  }

  #startByQueue(request: FlowRequest, settings: QueueSettings): Start {
    const queue = this.#emptiestOf((this.#hands as Hands).of(request.schema.name, request.flow));
    if (this.seatsInUse >= this.#limit && queue.length >= settings.lengthMax) {
      return this.#reject(request, "queue-full");
    }
    request.queue = queue;
    if (!queue.isActive) {
      queue.nextDue = this.#progress;
      this.#activeQueues += 1;
    }
    if (this.waiting === 0 && this.seatsInUse < this.#limit && this.#accommodates(request.seats)) {
      request.schema.counts.queueLengths.observe(1);
      if (queue.nextDue < this.#progress) queue.nextDue = this.#progress;
      this.#serve(request, queue);
      return "executing";
    }
    this.#enqueue(request, queue);
    request.schema.counts.queueLengths.observe(queue.length);
    this.#dispatch();
    // What dispatching made of it.
    return (request.stage as string) === "executing" ? "executing" : "waiting";
  }

  /** Begins with another card each time, so that flows whose hands overlap do not all favour the same queue. */
  #emptiestOf(hand: readonly number[]): FairQueue {
    const offset = this.#enqueued++ % hand.length;
    let emptiest = this.#queueAt(hand[offset] as number);
    for (let i = 1; i < hand.length && emptiest.length > 0; i++) {
      const queue = this.#queueAt(hand[(offset + i) % hand.length] as number);
      if (queue.work < emptiest.work) emptiest = queue;
    }
    return emptiest;
  }

  #queueAt(index: number): FairQueue {
    let queue = this.#queues.get(index);
    if (!queue) {
      queue = new FairQueue(index);
      this.#queues.set(index, queue);
    }
    return queue;
  }

  #accommodates(seats: number): boolean {
    if (this.#excess === "exempt") return true;
    // Wider than the level: alone.
    if (seats > this.#limit) return this.executing === 0;
    return this.seatsInUse + seats <= this.#limit;
  }

  #enqueue(request: FlowRequest, queue: FairQueue): void {
    const { counts } = request.schema;
    request.stage = "waiting";
    queue.add(request);
    queue.bound();
    this.#withWaiters.add(queue);
    this.waiting += 1;
    this.seatsWaiting += request.seats;
    counts.waitingRequests += 1;
    counts.waitingSeats += request.seats;
  }

  #dequeue(request: FlowRequest, queue: FairQueue): void {
    const { counts } = request.schema;
    queue.remove(request);
    if (queue.length === 0) this.#withWaiters.delete(queue);
    this.waiting -= 1;
    this.seatsWaiting -= request.seats;
    counts.waitingRequests -= 1;
    counts.waitingSeats -= request.seats;
  }

  #dispatch(): void {
    while (this.waiting > 0 && this.seatsInUse < this.#limit && this.#dispatchOne());
  }

  /** False: the request whose turn it is needs more seats than are free. It is waited for, lest it starve. */
  #dispatchOne(): boolean {
    const queue = this.#nextQueue();
    const request = queue?.first;
    if (!queue || !request) return false;
    if (!this.#accommodates(request.seats)) {
      request.schema.counts.unaccommodated += 1;
      return false;
    }
    this.#noteDispatch(queue);
    this.#dequeue(request, queue);
    this.#serve(request, queue);
    queue.bound();
    request.decide?.(true);
    return true;
  }

  /** Of the queues with waiters the one whose first would be done first; of equals the next one in turn. */
  #nextQueue(): FairQueue | undefined {
    let next: FairQueue | undefined;
    let finishMin = Number.POSITIVE_INFINITY;
    let turnMin = Number.POSITIVE_INFINITY;
    for (const queue of this.#withWaiters) {
      const finish = queue.nextDue + (queue.first?.work ?? 0);
      const turn = queue.index > this.#robin ? queue.index - this.#robin : Number.MAX_SAFE_INTEGER / 2 + queue.index;
      if (finish > finishMin || (finish === finishMin && turn >= turnMin)) continue;
      next = queue;
      finishMin = finish;
      turnMin = turn;
    }
    return next;
  }

  #noteDispatch(chosen: FairQueue): void {
    let [dueMin, dueMax] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [discountedMin, discountedMax] = [dueMin, dueMax];
    for (const { nextDue, seatsInUse } of this.#withWaiters) {
      const discounted = nextDue - seatsInUse * serviceMsExpected;
      dueMin = Math.min(dueMin, nextDue);
      dueMax = Math.max(dueMax, nextDue);
      discountedMin = Math.min(discountedMin, discounted);
      discountedMax = Math.max(discountedMax, discounted);
    }
    const { nextDue: due } = chosen;
    this.lastDispatch = { progress: this.#progress, due, dueMin, dueMax, discountedMin, discountedMax };
  }

  /** The request waits no more. */
  #serve(request: FlowRequest, queue: FairQueue): void {
    request.narrowEnd(this.#limit);
    this.#robin = queue.index;
    queue.executing += 1;
    queue.seatsInUse += request.seats;
    queue.nextDue += request.work;
    this.#execute(request);
  }

  #execute(request: FlowRequest): void {
    const { counts } = request.schema;
    const { seats } = request;
    request.stage = "executing";
    request.startedAt = this.#syncedAt;
    this.#running.add(request);
    this.executing += 1;
    this.seatsInUse += seats;
    this.dispatched += 1;
    counts.dispatched += 1;
    counts.executingRequests += 1;
    counts.executingSeats += seats;
  }

  #release(request: FlowRequest): void {
    const { queue, seats } = request;
    this.seatsInUse -= seats;
    request.schema.counts.executingSeats -= seats;
    if (!queue) return;
    queue.seatsInUse -= seats;
    this.#dropIfUnwanted(queue);
  }

  #reject(request: FlowRequest, reason: RejectionReason): RejectionReason {
    this.rejected += 1;
    request.stage = "over";
    request.schema.counts.rejected[reason] += 1;
    return reason;
  }

  #dropIfUnwanted(queue: FairQueue): void {
    const wanted = typeof this.#excess === "string" ? 0 : this.#excess.count;
    if (queue.index >= wanted && !queue.isActive && queue.seatsInUse === 0) this.#queues.delete(queue.index);
  }
}

const isSameQueues = (a: QueueSettings, b: Excess): boolean =>
  typeof b !== "string" && a.count === b.count && a.handSize === b.handSize;
