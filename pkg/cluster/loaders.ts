/** How each component is started for a cluster. The modules load on demand: a process pays only for what it runs. */
import type { Component } from "#pkg/apimachinery/component.ts";
import type { ClusterConfig, ComponentName } from "./config.ts";

/** `node`: the node's number, from 1; only what runs once a node looks at it. */
export type Start = (config: ClusterConfig, signal: AbortSignal, node: number) => Promise<Component>;

async function kubeApiserver(): Promise<Start> {
  return (await import("./parts/apiserver.ts")).startClusterApiserver;
}

async function kubeControllerManager(): Promise<Start> {
  return (await import("./parts/controller-manager.ts")).startClusterControllerManager;
}

async function kubeScheduler(): Promise<Start> {
  return (await import("./parts/scheduler.ts")).startClusterScheduler;
}

async function kubelet(): Promise<Start> {
  return (await import("./parts/kubelet.ts")).startClusterKubelet;
}

async function kubeProxy(): Promise<Start> {
  return (await import("./parts/proxy.ts")).startClusterProxy;
}

async function kubeDns(): Promise<Start> {
  return (await import("./parts/dns.ts")).startClusterDns;
}

export const loaders: Readonly<Record<ComponentName, () => Promise<Start>>> = {
  "kube-apiserver": kubeApiserver,
  "kube-controller-manager": kubeControllerManager,
  "kube-scheduler": kubeScheduler,
  kubelet,
  "kube-proxy": kubeProxy,
  "kube-dns": kubeDns,
};
