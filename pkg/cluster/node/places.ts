/**
 * Where the nodes of one machine stand in its network. The first is the machine itself; each further one has a network
 * namespace of its own on one bridge, and reaches everything else through the machine. Pure.
 */
import { join } from "node:path";
import { apiServerUrl } from "../apiserver-flags.ts";
import type { ClusterConfig } from "../config.ts";
import { nodeLayout } from "../layout.ts";

/** Joins the further nodes; the machine's address on it is their gateway. */
export const nodesBridge = "kubets-nodes";
export const nodesCidr = "172.31.253.0/24";
export const nodesGateway = "172.31.253.1";
/** One address of the /24 is the gateway's and one is for broadcasts. */
export const nodesMax = 254;

/** From 1. */
export const nodeIndexes = (config: Pick<ClusterConfig, "nodes">): number[] =>
  Array.from({ length: config.nodes }, (_, at) => at + 1);

/** Those with a network namespace of their own. */
export const furtherNodes = (config: Pick<ClusterConfig, "nodes">): number[] => nodeIndexes(config).slice(1);

export const nodeAddress = (config: Pick<ClusterConfig, "nodeIp">, index: number): string =>
  index === 1 ? config.nodeIp : `172.31.253.${index}`;

/** The file that holds a further node's network namespace. */
export const nodeNetns = (config: Pick<ClusterConfig, "runDir">, index: number): string =>
  join(config.runDir, "nodes", `node-${index}`, "netns");

/** The machine's end of a further node's cable. */
export const nodeLink = (index: number): string => `kubets-n${index}`;

/** Where a node's components find the API server: loopback is another one in each namespace. */
export const apiServerUrlFor = (config: Pick<ClusterConfig, "securePort" | "nodeIp">, index: number): string =>
  index === 1 ? apiServerUrl(config) : `https://${config.nodeIp}:${config.securePort}`;

export const apiServerHostFor = (config: Pick<ClusterConfig, "nodeIp">, index: number): string =>
  index === 1 ? "127.0.0.1" : config.nodeIp;

/** Where a node's runtime finds the built-in images. */
export const registryHostFor = (index: number): string => (index === 1 ? "127.0.0.1" : nodesGateway);

/** Each node's pods live below a control group of its own: a kubelet clears away what is not its. */
export function nodeCgroupRoot(config: Pick<ClusterConfig, "cgroupRoot">, index: number): string {
  if (index === 1) return config.cgroupRoot;
  return `${config.cgroupRoot === "/" ? "/kubets" : config.cgroupRoot}-node-${index}`;
}

/** The name under which a node's process has its pid and log file. */
export const processName = (name: string, index: number): string => (index === 1 ? name : `${name}.node-${index}`);

/** The kubeconfigs of a node's components, by the user's name. */
export const kubeletUser = (config: ClusterConfig, index: number): string =>
  `kubelet-${nodeLayout(config, index).name}`;
export const proxyUser = (index: number): string => processName("kube-proxy", index);
