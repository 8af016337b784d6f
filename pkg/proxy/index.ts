/** kube-proxy as a component: makes Services reachable from this node by nftables. */
import { Histogram, Registry } from "prom-client";
import { resources } from "#api/gen/resources.ts";
import type { Node } from "#api/types/core/v1";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Client, InformerSet } from "#pkg/client/types.ts";
import type { ProxyHealth } from "./health/pages.ts";
import { ServiceChecks } from "./health/service-checks.ts";
import { run } from "./nftables/command.ts";
import { table } from "./nftables/rules.ts";
import { Syncer } from "./syncer.ts";
import { ServiceTracker } from "./tracker.ts";

export interface ProxyOptions {
  readonly client: Client;
  /** The caller starts them after `startProxy` returns. */
  readonly informers: InformerSet;
  readonly log: Logger;
  readonly clock?: Clock;
  readonly registry?: Registry;
  readonly nodeName: string;
  readonly clusterCidr?: string;
  /** The network namespace whose rules to keep; default: this process's. */
  readonly netns?: string;
}

export interface ProxyComponent extends Component {
  health(): ProxyHealth;
}

/** Throws one clear sentence where nftables cannot be used. */
export async function ensureNftables(netns?: string): Promise<void> {
  try {
    await run("nft", ["--check", "-f", "-"], `add table ${table}\n`, { netns });
  } catch (cause) {
    throw new Error("nftables is not available here: kube-proxy needs the nft program and a kernel with nf_tables.", {
      cause,
    });
  }
}

/** Takes all rules away again. */
export async function cleanup(netns?: string): Promise<void> {
  await run("nft", ["-f", "-"], `add table ${table}\ndelete table ${table}\n`, { netns });
}

export async function startProxy(options: ProxyOptions, { signal }: { signal: AbortSignal }): Promise<ProxyComponent> {
  const { informers, log, clock = systemClock, nodeName, netns } = options;
  await ensureNftables(netns);
  const stop = new AbortController();
  const until = AbortSignal.any([signal, stop.signal]);
  const seconds = new Histogram({
    name: "kubeproxy_sync_proxy_rules_duration_seconds",
    help: "Duration of one sync of the rules.",
    buckets: Array.from({ length: 15 }, (_, at) => 0.001 * 2 ** at),
    registers: [options.registry ?? new Registry()],
  });
  const tracker = new ServiceTracker(nodeName);
  const syncer = new Syncer({
    tracker,
    clock,
    log,
    netns,
    clusterCidr: options.clusterCidr,
    onSync: (duration, ok) => {
      seconds.observe(duration);
      if (ok) checks.follow(tracker.checks);
    },
  });
  const checks = new ServiceChecks({ log, isHealthy: () => syncer.isHealthy });
  const node = informers.informer(resources.nodes, { fieldSelector: `metadata.name=${nodeName}` });
  follow(informers, tracker, syncer);
  const stopped = informers
    .synced(until)
    .then(() => syncer.run(until))
    .catch((error: unknown) => {
      if (!until.aborted) throw error;
    });
  return {
    stopped,
    health: () => ({
      healthy: syncer.isHealthy,
      lastUpdated: syncer.lastSync,
      now: clock.now(),
      nodeEligible: !isLeaving(node.get(nodeName)),
    }),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await stopped;
      await checks[Symbol.asyncDispose]();
    },
  };
}

/** What the cluster's autoscaler puts on a node before it takes it away. */
const leavingTaint = "ToBeDeletedByClusterAutoscaler";

const isLeaving = (node: Readonly<Node> | undefined): boolean =>
  node !== undefined &&
  (node.metadata.deletionTimestamp !== undefined ||
    (node.spec?.taints?.some(({ key }) => key === leavingTaint) ?? false));

function follow(informers: InformerSet, tracker: ServiceTracker, syncer: Syncer): void {
  const noting =
    <T extends unknown[]>(change: (...args: T) => void) =>
    (...args: T) => {
      change(...args);
      syncer.notify();
    };
  informers.informer(resources.services).addHandler({
    added: noting((service) => tracker.setService(service)),
    updated: noting((service) => tracker.setService(service)),
    deleted: noting((service) => tracker.removeService(keyOf(service))),
  });
  informers.informer(resources.endpointslices).addHandler({
    added: noting((slice) => tracker.setSlice(slice)),
    updated: noting((slice, old) => {
      tracker.removeSlice(old);
      tracker.setSlice(slice);
    }),
    deleted: noting((slice) => tracker.removeSlice(slice)),
  });
}
