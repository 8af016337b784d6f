/**
 * Tells people what a component did to an object. Recording never waits: events go to a bounded queue that a few lanes write
 * in the background, the events of one object in order. What cannot be written after some tries is dropped and counted.
 */
import type { Event, ObjectReference } from "#api/types/core/v1";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Backoff } from "./backoff.ts";
import { EventCorrelator, type Sighting } from "./event-correlator.ts";
import type { Client } from "./types.ts";

export interface EventRecorderOptions {
  readonly client: Client;
  /** `deployment-controller`, `kubelet`. */
  readonly component: string;
  /** The node, for components that run on one. */
  readonly host?: string;
  /**
   * Set by components that write events of the events.k8s.io kind (the scheduler): such an event has an eventTime, an action
   * and a series where the others have a source and a count.
   */
  readonly reportingInstance?: string;
  readonly clock?: Clock;
  readonly log: Logger;
}

export interface EventText {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  readonly action?: string;
  /** Part of the object: `spec.containers{name}`. */
  readonly fieldPath?: string;
  readonly annotations?: Record<string, string>;
}

interface Pending {
  readonly event: Event;
  readonly count: number;
}

const pendingMax = 1000;
const lanesCount = 4;
const triesMax = 6;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #correlator = new EventCorrelator();
  readonly #lanes: Promise<void>[] = Array.from({ length: lanesCount }, () => Promise.resolve());
  readonly #stop = new AbortController();
  #pending = 0;
  #lastNanos = 0n;
  dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  normal(object: KubeObject, reason: string, message: string): void {
    this.record(referenceTo(object), { type: "Normal", reason, message });
  }

  warning(object: KubeObject, reason: string, message: string): void {
    this.record(referenceTo(object), { type: "Warning", reason, message });
  }

  record(about: ObjectReference, text: EventText): void {
    if (this.#stop.signal.aborted) return;
    const now = this.#clock.now();
    const { kind, namespace, name = "", uid } = about;
    const facts = {
      about: JSON.stringify([kind, namespace, name, uid]),
      type: text.type,
      reason: text.reason,
      message: text.message,
      detail: JSON.stringify([text.action, text.fieldPath]),
    };
    const sighting = this.#correlator.correlate(facts, now, () => `${name}.${this.#suffix(now)}`);
    if (!sighting || this.#pending >= pendingMax) {
      this.dropped++;
      return;
    }
    this.#enqueue(facts.about, { event: this.#eventOf({ about, text, sighting, now }), count: sighting.count });
  }

  /** Resolves once what was recorded so far is written or given up. */
  async flushed(): Promise<void> {
    await Promise.all(this.#lanes);
  }

  /** Writes no further events; those in flight are broken off. */
  close(): void {
    this.#stop.abort();
  }

  /** Nanoseconds since the epoch in hexadecimal, never the same twice. */
  #suffix(now: number): string {
    const nanos = BigInt(Math.floor(now)) * 1_000_000n;
    this.#lastNanos =
      nanos > this.#lastNanos ? nanos + BigInt(Math.floor(Math.random() * 999_000)) : this.#lastNanos + 1n;
    return this.#lastNanos.toString(16).padStart(16, "0");
  }

  #enqueue(about: string, pending: Pending): void {
    let hash = 0;
    for (let i = 0; i < about.length; i++) hash = (hash * 31 + about.charCodeAt(i)) | 0;
    const lane = Math.abs(hash) % lanesCount;
    this.#pending++;
    this.#lanes[lane] = this.#lanes[lane]!.then(() => this.#write(pending)).finally(() => this.#pending--);
  }

  #eventOf(of: { about: ObjectReference; text: EventText; sighting: Sighting; now: number }): Event {
    const { about, text, sighting, now } = of;
    const namespace = about.namespace || "default";
    return {
      metadata: {
        name: sighting.name,
        namespace,
        ...(text.annotations ? { annotations: text.annotations } : {}),
      },
      involvedObject: { ...about, ...(text.fieldPath ? { fieldPath: text.fieldPath } : {}) },
      type: text.type,
      reason: text.reason,
      message: sighting.message,
      // Upstream's combined Events name nobody but their source.
      reportingComponent: sighting.combined ? "" : this.#options.component,
      reportingInstance: sighting.combined ? "" : (this.#options.reportingInstance ?? this.#options.host ?? ""),
      ...(this.#options.reportingInstance === undefined
        ? this.#counted(sighting, now)
        : { source: {}, eventTime: microTime(now), action: text.action ?? "", ...seriesOf(sighting, now) }),
    };
  }

  #counted({ count, firstAt }: Sighting, now: number): Partial<Event> {
    const { component, host } = this.#options;
    return {
      source: { component, ...(host ? { host } : {}) },
      count,
      firstTimestamp: seconds(firstAt),
      lastTimestamp: seconds(now),
    };
  }

  async #write(pending: Pending): Promise<void> {
    const backoff = new Backoff({ firstMs: 200, maxMs: 10_000 });
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#send(pending);
        return;
      } catch (error) {
        if (signal.aborted || !(await this.#retryable(error, backoff))) return;
      }
    }
  }

  async #retryable(error: unknown, backoff: Backoff): Promise<boolean> {
    const code = error instanceof StatusError ? error.code : 500;
    if ((code >= 400 && code < 500 && code !== 429) || backoff.failures >= triesMax) {
      this.dropped++;
      this.#options.log.debug({ err: error }, "event not written");
      return false;
    }
    await this.#clock.sleep(backoff.nextMs(), this.#stop.signal).catch(() => {});
    return true;
  }

  async #send({ event, count }: Pending): Promise<void> {
    const { events } = this.#options.client;
    const { signal } = this.#stop;
    if (count > 1) {
      const { namespace = "", name = "" } = event.metadata;
      try {
        await events.patch({ namespace, name }, repeatOf(event), { type: "strategic", signal });
        return;
      } catch (error) {
        if (!(error instanceof StatusError) || error.reason !== "NotFound") throw error;
      }
    }
    await events.create(event, { signal });
  }
}

const seconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
const microTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`;

const seriesOf = ({ count }: Sighting, now: number): Partial<Event> =>
  count > 1 ? { series: { count, lastObservedTime: microTime(now) } } : {};

function repeatOf({ message, count, lastTimestamp, series }: Event): Partial<Event> {
  if (series) return { series };
  return {
    ...(message === undefined ? {} : { message }),
    ...(count === undefined ? {} : { count }),
    ...(lastTimestamp === undefined ? {} : { lastTimestamp }),
  };
}

/** The object as other objects point to it. */
export function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata;
  return {
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...(name === undefined ? {} : { name }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
