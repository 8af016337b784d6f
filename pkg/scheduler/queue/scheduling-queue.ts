/**
 * Pods that wait for a node, in three parts: active (ready to be tried, by priority, then age), backing off (failed a
 * moment ago; tried again when the time has come) and unschedulable (waiting for an event that may help, or for five
 * minutes). One pod is in one part, or in flight.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { PodInfo } from "../cache/types.ts";
import type { ClusterEvent } from "../framework/cluster-event.ts";
import { GatedPods } from "./gated-pods.ts";
import { Heap } from "./heap.ts";

export interface QueuedPod {
  info: PodInfo;
  attempts: number;
  /** When it entered the queue, for the order among equals. */
  readonly since: number;
  /** Plugins that turned it down last time; empty after an error. */
  rejectedBy: ReadonlySet<string>;
  parkedAt: number;
  backoffUntil: number;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  /** How long a pod waits for an event before it is tried anyway. */
  readonly unschedulableMsMax: number;
  /** Name of the preEnqueue plugin that holds this pod, if any. */
  readonly gate: (pod: PodInfo) => string | undefined;
  /** Whether events of this kind may make this preEnqueue plugin let pods go. */
  readonly opens: (gate: string, event: ClusterEvent) => boolean;
  /** Whether the event may help a pod that these plugins turned down. */
  readonly helps: (pod: PodInfo, rejectedBy: ReadonlySet<string>, event: ClusterEvent) => boolean;
}

/** Events remembered for pods in flight; beyond it every event is taken as helpful. */
const inFlightEventsMax = 1000;

export class SchedulingQueue {
  readonly #options: QueueOptions;
  readonly #active: Heap<QueuedPod>;
  readonly #backoff: Heap<QueuedPod>;
  /** Unschedulable, the longest parked first. */
  readonly #parked = new Map<string, QueuedPod>();
  /** Held before the active queue by a preEnqueue plugin; no time limit. */
  readonly #gated = new GatedPods();
  readonly #inFlight = new Map<string, { pod: QueuedPod; seenFrom: number; updated?: PodInfo; deleted: boolean }>();
  #recent: ClusterEvent[] = [];
  #recentBase = 0;
  #wake: (() => void) | undefined;
  #timer: Disposable | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    const keyOf = (pod: QueuedPod) => pod.info.key;
    this.#active = new Heap(keyOf, (a, b) =>
      a.info.priority === b.info.priority ? a.since < b.since : a.info.priority > b.info.priority,
    );
    this.#backoff = new Heap(keyOf, (a, b) => a.backoffUntil < b.backoffUntil);
  }

  /** Pods by part, for the pending_pods metric. */
  get sizes(): { active: number; backoff: number; unschedulable: number; gated: number } {
    return {
      active: this.#active.size,
      backoff: this.#backoff.size,
      unschedulable: this.#parked.size,
      gated: this.#gated.size,
    };
  }

  /** A pod without a node came. */
  add(info: PodInfo): void {
    const now = this.#options.clock.now();
    this.#enter({
      info,
      attempts: 0,
      since: now,
      rejectedBy: new Set(),
      parkedAt: now,
      backoffUntil: 0,
    });
  }

  /** The waiting pod changed; only what may matter to its scheduling moves it. */
  update(info: PodInfo, meaningful: boolean): void {
    const flying = this.#inFlight.get(info.key);
    if (flying) {
      if (meaningful) flying.updated = info;
      return;
    }
    const { key } = info;
    const pod = this.#active.get(key) ?? this.#backoff.get(key) ?? this.#parked.get(key) ?? this.#gated.get(key);
    if (!pod) return this.add(info);
    pod.info = info;
    if (this.#active.get(key)) this.#active.push(pod);
    else if (this.#gated.delete(key)) this.#enter(pod);
    else if (meaningful && this.#parked.delete(key)) this.#requeue(pod);
  }

  remove(key: string): void {
    const flying = this.#inFlight.get(key);
    if (flying) flying.deleted = true;
    this.#active.remove(key);
    this.#backoff.remove(key);
    this.#parked.delete(key);
    this.#gated.delete(key);
  }

  /** The next pod to try, once there is one. Rejects when aborted. */
  async pop(signal: AbortSignal): Promise<QueuedPod> {
    for (;;) {
      signal.throwIfAborted();
      this.#releaseDue();
      const pod = this.#active.pop();
      if (pod) {
        pod.attempts++;
        this.#inFlight.set(pod.info.key, { pod, seenFrom: this.#recentBase + this.#recent.length, deleted: false });
        return pod;
      }
      await this.#somethingReady(signal);
    }
  }

  /** The pod got its node, or is gone. */
  done(key: string): void {
    this.#inFlight.delete(key);
    this.#trimRecent();
  }

  /** The attempt failed. `rejectedBy` is empty when something broke rather than said no. */
  giveBack(pod: QueuedPod, rejectedBy: ReadonlySet<string>): void {
    const flying = this.#inFlight.get(pod.info.key);
    this.#inFlight.delete(pod.info.key);
    if (!flying || flying.deleted) return this.#trimRecent();
    const missed = this.#recent.slice(Math.max(0, flying.seenFrom - this.#recentBase));
    const lost = flying.seenFrom < this.#recentBase;
    this.#trimRecent();
    if (flying.updated) pod.info = flying.updated;
    const now = this.#options.clock.now();
    pod.rejectedBy = rejectedBy;
    pod.parkedAt = now;
    pod.backoffUntil = now + this.#backoffMs(pod.attempts);
    const again =
      rejectedBy.size === 0 ||
      lost ||
      flying.updated !== undefined ||
      missed.some((event) => this.#options.helps(pod.info, rejectedBy, event));
    if (again) this.#requeue(pod);
    else {
      // Deleting first keeps the map in the order of parking.
      this.#parked.delete(pod.info.key);
      this.#parked.set(pod.info.key, pod);
      this.#arm();
    }
  }

  /** Something changed in the cluster: moves the pods that it may help. */
  onEvent(event: ClusterEvent): void {
    if (this.#inFlight.size > 0) {
      this.#recent.push(event);
      if (this.#recent.length > inFlightEventsMax) {
        this.#recent.shift();
        this.#recentBase++;
      }
    }
    for (const pod of [...this.#parked.values()]) {
      if (!this.#options.helps(pod.info, pod.rejectedBy, event)) continue;
      this.#parked.delete(pod.info.key);
      this.#requeue(pod);
    }
    for (const gate of [...this.#gated.gates]) if (this.#options.opens(gate, event)) this.#open(gate, event);
  }

  #open(gate: string, event: ClusterEvent): void {
    const rejectedBy = new Set([gate]);
    for (const pod of [...this.#gated.heldBy(gate)]) {
      if (!this.#options.helps(pod.info, rejectedBy, event)) continue;
      this.#gated.delete(pod.info.key);
      this.#requeue(pod);
    }
  }

  /** Moves one pod to the front of its chances at once (a nominated pod whose victims are gone). */
  activate(key: string): void {
    const pod = this.#parked.get(key) ?? this.#backoff.remove(key);
    if (!pod) return;
    this.#parked.delete(key);
    pod.backoffUntil = 0;
    this.#enter(pod);
  }

  #backoffMs(attempts: number): number {
    const { initialBackoffMs, maxBackoffMs } = this.#options;
    return Math.min(maxBackoffMs, initialBackoffMs * 2 ** Math.min(attempts - 1, 20));
  }

  #requeue(pod: QueuedPod): void {
    if (pod.backoffUntil > this.#options.clock.now()) {
      this.#backoff.push(pod);
      this.#arm();
    } else this.#enter(pod);
  }

  #enter(pod: QueuedPod): void {
    const gate = this.#options.gate(pod.info);
    if (gate !== undefined) {
      this.#gated.set(gate, pod);
      return;
    }
    this.#active.push(pod);
    this.#wakeUp();
  }

  #releaseDue(): void {
    const now = this.#options.clock.now();
    for (let next = this.#backoff.peek(); next && next.backoffUntil <= now; next = this.#backoff.peek()) {
      this.#backoff.pop();
      this.#enter(next);
    }
    for (const pod of this.#parked.values()) {
      if (pod.parkedAt + this.#options.unschedulableMsMax > now) break;
      this.#parked.delete(pod.info.key);
      this.#enter(pod);
    }
  }

  async #somethingReady(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    signal.addEventListener("abort", this.#wakeUp, { once: true });
    this.#arm();
    await promise;
    signal.removeEventListener("abort", this.#wakeUp);
  }

  readonly #wakeUp = (): void => {
    this.#wake?.();
    this.#wake = undefined;
  };

  /** Sets one timer for the earliest moment at which a pod becomes due. */
  #arm(): void {
    this.#timer?.[Symbol.dispose]();
    const { clock, unschedulableMsMax } = this.#options;
    const oldest = this.#parked.values().next().value;
    const due = Math.min(
      this.#backoff.peek()?.backoffUntil ?? Number.POSITIVE_INFINITY,
      oldest ? oldest.parkedAt + unschedulableMsMax : Number.POSITIVE_INFINITY,
    );
    if (!Number.isFinite(due)) return;
    this.#timer = clock.after(Math.max(0, due - clock.now()), this.#wakeUp);
  }

  #trimRecent(): void {
    if (this.#inFlight.size > 0) return;
    this.#recentBase += this.#recent.length;
    this.#recent = [];
  }
}
