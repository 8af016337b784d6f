/** The DNS of a cluster. Its Service and endpoints are made by `up` (addons.ts). */
import type { Component } from "#pkg/apimachinery/component.ts";
import { startDns } from "#pkg/dns/index.ts";
import type { ClusterConfig } from "../config.ts";
import { identityOf, withParts } from "./client.ts";

export async function startClusterDns(config: ClusterConfig, signal: AbortSignal): Promise<Component> {
  const identity = await identityOf(config, "kube-dns", "kube-dns");
  const { clusterDomain, nodeIp, dnsPort } = config;
  const component = await startDns({ ...identity, clusterDomain, bindAddress: nodeIp, port: dnsPort }, { signal });
  identity.informers.start(signal);
  return withParts(component, [identity.client, identity.informers]);
}
