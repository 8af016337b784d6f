/**
 * Events of the scheduler (events.k8s.io/v1). The same event again within a few minutes becomes a series on the first
 * one instead of a new object. Nothing waits for an event, and a full queue drops it.
 */

import type { Pod } from "#api/types/core/v1";
import type { Event } from "#api/types/events.k8s.io/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Client } from "#pkg/client/types.ts";

export interface SchedulerEvent {
  readonly pod: Readonly<Pod>;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

export interface EventSinkOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly controller: string;
  readonly instance: string;
  readonly signal: AbortSignal;
}

/** A burst of pods as large as this keeps all its events; they are written while and after it is placed. */
const queuedMax = 10_000;
const rememberedMax = 4096;
const seriesMs = 6 * 60_000;
const sendersMax = 4;

interface Remembered {
  readonly name: string;
  readonly namespace: string;
  at: number;
  count: number;
  /** A series update is sent at most once a while, with the count of then. */
  reportedAt: number;
}

export class EventSink {
  readonly #options: EventSinkOptions;
  readonly #queue: (() => Promise<unknown>)[] = [];
  readonly #remembered = new Map<string, Remembered>();
  #senders = 0;

  constructor(options: EventSinkOptions) {
    this.#options = options;
  }

  emit(event: SchedulerEvent): void {
    const { metadata } = event.pod;
    const now = this.#options.clock.now();
    const identity = JSON.stringify([metadata.uid, event.reason, event.note]);
    const known = this.#remembered.get(identity);
    if (known && now - known.at < seriesMs) {
      known.at = now;
      known.count++;
      if (now - known.reportedAt < seriesMs / 12) return;
      known.reportedAt = now;
      this.#send(() => this.#report(known));
      return;
    }
    const name = `${metadata.name}.${eventSuffix(now)}`;
    const namespace = metadata.namespace ?? "default";
    this.#remember(identity, { name, namespace, at: now, count: 1, reportedAt: now });
    this.#send(() => this.#options.client.eventsV1.create(this.#build(event, name, now), this.#call()));
  }

  #remember(identity: string, entry: Remembered): void {
    if (this.#remembered.size >= rememberedMax) {
      const oldest = this.#remembered.keys().next().value;
      if (oldest !== undefined) this.#remembered.delete(oldest);
    }
    this.#remembered.delete(identity);
    this.#remembered.set(identity, entry);
  }

  #build({ pod, type, reason, action, note }: SchedulerEvent, name: string, now: number): Event {
    const { namespace = "default", name: podName = "", uid = "", resourceVersion = "" } = pod.metadata;
    return {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name, namespace },
      eventTime: microTime(now),
      type,
      reason,
      action,
      note: note.slice(0, 1024),
      regarding: { apiVersion: "v1", kind: "Pod", namespace, name: podName, uid, resourceVersion },
      reportingController: this.#options.controller,
      reportingInstance: this.#options.instance,
    };
  }

  #report({ name, namespace, count, at }: Remembered): Promise<unknown> {
    const patch = { series: { count, lastObservedTime: microTime(at) } };
    return this.#options.client.eventsV1.patch({ name, namespace }, patch, { type: "strategic", ...this.#call() });
  }

  #call(): { signal: AbortSignal } {
    return { signal: this.#options.signal };
  }

  #send(write: () => Promise<unknown>): void {
    if (this.#queue.length >= queuedMax) return;
    this.#queue.push(write);
    if (this.#senders < sendersMax) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#senders++;
    for (let write = this.#queue.shift(); write && !this.#options.signal.aborted; write = this.#queue.shift()) {
      // An event that cannot be written (namespace going away, server restarting) is not worth a retry.
      await write().catch(() => undefined);
    }
    this.#senders--;
  }
}

let lastSuffix = 0n;

/** Nanoseconds since the epoch in hexadecimal, never the same twice. */
function eventSuffix(nowMs: number): string {
  const candidate = BigInt(nowMs) * 1_000_000n;
  lastSuffix = candidate > lastSuffix ? candidate : lastSuffix + 1n;
  return lastSuffix.toString(16);
}

function microTime(ms: number): string {
  return new Date(ms).toISOString().replace(/Z$/, "000Z");
}
