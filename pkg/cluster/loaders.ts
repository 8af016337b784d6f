/** How each component is started for a cluster. The modules load on demand: a process pays only for what it runs. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { apiserverArgs, dnsServiceIp } from "./apiserver-flags.ts";
import type { ClusterConfig, ComponentName } from "./config.ts";
import { kubeconfig, nodeLayout, pkiDir } from "./layout.ts";

export type Start = (config: ClusterConfig, signal: AbortSignal) => Promise<Component>;

/** A component and what it needs beside it; disposal runs backwards. */
function withParts(component: Component, parts: readonly AsyncDisposable[]): Component {
  return {
    stopped: component.stopped,
    async [Symbol.asyncDispose]() {
      await component[Symbol.asyncDispose]();
      for (const part of parts.toReversed()) await part[Symbol.asyncDispose]();
    },
  };
}

async function kubeApiserver(): Promise<Start> {
  const { parseFlags, startApiServer } = await import("#pkg/apiserver/index.ts");
  return async (config, signal) => startApiServer(await parseFlags(apiserverArgs(config)), { signal });
}

async function kubeControllerManager(): Promise<Start> {
  const { startControllerManager } = await import("#pkg/controller/index.ts");
  const { connectionFromKubeconfig } = await import("#pkg/client/index.ts");
  return async (config, signal) => {
    const pki = (name: string) => readFile(join(pkiDir(config), name), "utf8");
    const [rootCa, key] = await Promise.all([pki("ca.crt"), pki("ca.key")]);
    return startControllerManager(
      {
        connection: await connectionFromKubeconfig(kubeconfig(config, "controller-manager")),
        // One replica by construction: nobody to elect against, and a restart need not wait for a lease to run out.
        leaderElection: { enabled: false },
        rootCa,
        clusterSigning: { cert: rootCa, key },
        clusterCidrs: [config.clusterCidr],
        serving: { address: "127.0.0.1", port: config.controllerManagerPort },
        log: createLogger("kube-controller-manager"),
      },
      { signal },
    );
  };
}

/** A client and informers under one identity, as the scheduler and the cluster DNS want them. */
async function clientOf(config: ClusterConfig, user: string, name: string) {
  const { connect, connectionFromKubeconfig, informers } = await import("#pkg/client/index.ts");
  const log = createLogger(name);
  const client = connect({ userAgent: name, ...(await connectionFromKubeconfig(kubeconfig(config, user))) });
  return { client, informers: informers(client, { log }), log };
}

async function kubeScheduler(): Promise<Start> {
  const { startScheduler } = await import("#pkg/scheduler/index.ts");
  const { servePages } = await import("#pkg/component/pages.ts");
  const { Registry } = await import("prom-client");
  return async (config, signal) => {
    const shared = await clientOf(config, "scheduler", "kube-scheduler");
    const registry = new Registry();
    const component = await startScheduler({ ...shared, registry }, { signal });
    shared.informers.start(signal);
    const pages = await servePages({ bindAddress: "127.0.0.1", port: config.schedulerPort, registry });
    return withParts(component, [shared.client, shared.informers, pages]);
  };
}

async function kubelet(): Promise<Start> {
  const { startKubelet } = await import("#pkg/kubelet/index.ts");
  const { connectionFromKubeconfig } = await import("#pkg/client/index.ts");
  return async (config, signal) => {
    const node = nodeLayout(config, 1);
    const endpoint = config.containerRuntimeEndpoint;
    return startKubelet(
      {
        connection: await connectionFromKubeconfig(kubeconfig(config, `kubelet-${node.name}`)),
        nodeName: node.name,
        nodeIPs: [config.nodeIp],
        endpoint: endpoint === "" ? `unix://${node.containerdSocket}` : endpoint,
        rootDir: node.kubeletRoot,
        podLogsDir: node.podLogsDir,
        containerLogLinks: "",
        clusterDns: [dnsServiceIp(config)],
        clusterDomain: config.clusterDomain,
        resolvConf: "/etc/resolv.conf",
        cgroupRoot: config.cgroupRoot,
        cgroupsPerQos: true,
        maxPods: 110,
        port: config.kubeletPort,
        labels: {},
        taints: [],
      },
      { signal },
    );
  };
}

async function kubeDns(): Promise<Start> {
  const { startDns } = await import("#pkg/dns/index.ts");
  return async (config, signal) => {
    const shared = await clientOf(config, "kube-dns", "kube-dns");
    const { clusterDomain, nodeIp, dnsPort } = config;
    const component = await startDns({ ...shared, clusterDomain, bindAddress: nodeIp, port: dnsPort }, { signal });
    shared.informers.start(signal);
    return withParts(component, [shared.client, shared.informers]);
  };
}

export const loaders: Readonly<Partial<Record<ComponentName, () => Promise<Start>>>> = {
  "kube-apiserver": kubeApiserver,
  "kube-controller-manager": kubeControllerManager,
  "kube-scheduler": kubeScheduler,
  kubelet,
  "kube-dns": kubeDns,
};
