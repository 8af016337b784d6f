/** The service proxy of one of a cluster's nodes. */
import { Registry } from "prom-client";
import type { Component } from "#pkg/apimachinery/component.ts";
import { servePages } from "#pkg/component/pages.ts";
import { healthPages, modePages } from "#pkg/proxy/health/pages.ts";
import { startProxy } from "#pkg/proxy/index.ts";
import type { ClusterConfig } from "../config.ts";
import { nodeLayout } from "../layout.ts";
import { proxyUser } from "../node/places.ts";
import { identityOf, withParts } from "./client.ts";

export async function startClusterProxy(config: ClusterConfig, signal: AbortSignal, index: number): Promise<Component> {
  const identity = await identityOf(config, proxyUser(index), "kube-proxy");
  const registry = new Registry();
  const { name: nodeName } = nodeLayout(config, index);
  const component = await startProxy({ ...identity, registry, nodeName, clusterCidr: config.clusterCidr }, { signal });
  identity.informers.start(signal);
  const address = "127.0.0.1";
  const health = healthPages(() => component.health());
  const healthz = await servePages({ bindAddress: address, port: config.proxyHealthzPort, registry, pages: health });
  const metrics = await servePages({ bindAddress: address, port: config.proxyMetricsPort, registry, pages: modePages });
  return withParts(component, [identity.client, identity.informers, healthz, metrics]);
}
