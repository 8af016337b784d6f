/** kube-scheduler as a component: an ordinary API client that gives every pod a node. */
import { hostname } from "node:os";
import { Registry } from "prom-client";
import { resources } from "#api/gen/resources.ts";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client, InformerSet } from "#pkg/client/types.ts";
import { ClusterCache } from "./cache/cluster-cache.ts";
import { companionsFrom } from "./companions.ts";
import { EventSink } from "./events.ts";
import type { Profile } from "./framework/profile.ts";
import { type SchedulerMetrics, schedulerMetrics } from "./metrics.ts";
import { Nominations } from "./nominations.ts";
import { defaultPreemption } from "./plugins/default-preemption/plugin.ts";
import { dynamicResources } from "./plugins/dynamic-resources/plugin.ts";
import { defaultProfile } from "./profiles/default-profile.ts";
import { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { Scheduler } from "./scheduler.ts";
import { Changes } from "./volumes/changes.ts";
import { storageFrom } from "./volumes/storage.ts";
import { wireStorage } from "./volumes/wiring.ts";
import { wire } from "./wiring.ts";

export { definePlugin, type Plugin, type PostFilterPlugin } from "./framework/plugin.ts";
export { Profile } from "./framework/profile.ts";
export * from "./framework/verdict.ts";

export interface SchedulerOptions {
  readonly client: Client;
  /** Informers to share with other components of the process; the caller starts them after `startScheduler` returns. */
  readonly informers: InformerSet;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly registry?: Registry;
  readonly podInitialBackoffMs?: number;
  readonly podMaxBackoffMs?: number;
  /** Profiles beside the default one, or in its place by the same name. */
  readonly profiles?: readonly Profile[];
  readonly random?: () => number;
}

/** How long a pod waits on its node for its volumes to be bound, before it is tried again. */
const bindTimeoutMs = 600_000;
const unschedulableMsMax = 5 * 60_000;
const metricsEveryMs = 5_000;

export async function startScheduler(
  options: SchedulerOptions,
  { signal }: { signal: AbortSignal },
): Promise<Component> {
  const { client, informers, log, clock = systemClock, random = Math.random } = options;
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const cache = new ClusterCache();
  const nominations = new Nominations();
  const instance = `default-scheduler-${hostname()}`;
  const events = new EventSink({ client, clock, controller: "default-scheduler", instance, signal: until });
  const budgets = informers.informer(resources.poddisruptionbudgets);
  const profiles = new Map<string, Profile>();
  const metrics = schedulerMetrics(options.registry ?? new Registry());
  const preemption = defaultPreemption({
    client,
    cache,
    nominations,
    budgets,
    profile: () => profiles.get("default-scheduler")!,
    onAttempt: () => metrics.preemptionAttempts.inc(),
    onPreempted: (victim, by, node) =>
      events.emit({
        pod: victim.pod,
        type: "Normal",
        reason: "Preempted",
        action: "Preempting",
        note: `Preempted by pod ${by.uid} on node ${node}`,
      }),
  });
  const changes = new Changes();
  const standard = defaultProfile({
    client,
    companionsOf: companionsFrom(informers),
    volumes: {
      ...{ client, clock, changes, bindTimeoutMs },
      storage: storageFrom(informers),
      pods: informers.informer(resources.pods),
    },
    dynamicResources: dynamicResources({ client, informers, clock, log }),
    preemption,
  });
  for (const profile of [standard, ...(options.profiles ?? [])]) {
    profiles.set(profile.schedulerName, profile);
  }
  const profileOf = (name: string | undefined) => profiles.get(name ?? "default-scheduler");
  const queue = new SchedulingQueue({
    clock,
    initialBackoffMs: options.podInitialBackoffMs ?? 1000,
    maxBackoffMs: options.podMaxBackoffMs ?? 10_000,
    unschedulableMsMax,
    gate: (pod) => profileOf(pod.pod.spec.schedulerName)?.gateOf(pod),
    opens: (gate, event) => [...profiles.values()].some((profile) => profile.opensOn(gate, event)),
    helps: (pod, rejectedBy, event) =>
      profileOf(pod.pod.spec.schedulerName)?.eventHelps(pod, rejectedBy, event) ?? false,
  });
  const pods = wire({ informers, cache, queue, nominations, schedulerNames: new Set(profiles.keys()) });
  wireStorage({ informers, queue, changes });
  const scheduler = new Scheduler({
    client,
    clock,
    log,
    cache,
    queue,
    nominations,
    profiles,
    events,
    metrics,
    random,
    latest: (key) => pods.get(key),
  });
  const stopped = run(scheduler, { informers, queue, metrics, clock, until });
  return {
    stopped,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await stopped;
    },
  };
}

interface RunOptions {
  readonly informers: InformerSet;
  readonly queue: SchedulingQueue;
  readonly metrics: SchedulerMetrics;
  readonly clock: Clock;
  readonly until: AbortSignal;
}

async function run(scheduler: Scheduler, { informers, queue, metrics, clock, until }: RunOptions): Promise<void> {
  const measure = () => {
    for (const [part, count] of Object.entries(queue.sizes)) metrics.pending.set({ queue: part }, count);
    if (!until.aborted) clock.after(metricsEveryMs, measure);
  };
  try {
    await informers.synced(until);
    measure();
    await scheduler.run(until);
  } catch (error) {
    if (!until.aborted) throw error;
  }
}
