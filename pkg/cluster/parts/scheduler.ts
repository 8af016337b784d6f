/** The scheduler of a cluster. */
import { Registry } from "prom-client";
import type { Component } from "#pkg/apimachinery/component.ts";
import { servePages } from "#pkg/component/pages.ts";
import { selfSignedServing } from "#pkg/pki/index.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";
import type { ClusterConfig } from "../config.ts";
import { identityOf, withParts } from "./client.ts";

export async function startClusterScheduler(config: ClusterConfig, signal: AbortSignal): Promise<Component> {
  const identity = await identityOf(config, "scheduler", "kube-scheduler");
  const registry = new Registry();
  const component = await startScheduler({ ...identity, registry }, { signal });
  identity.informers.start(signal);
  const pages = await servePages({
    bindAddress: "127.0.0.1",
    port: config.schedulerPort,
    tls: await selfSignedServing("kube-scheduler"),
    registry,
  });
  return withParts(component, [identity.client, identity.informers, pages]);
}
