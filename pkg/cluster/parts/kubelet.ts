/** The kubelet of one of a cluster's nodes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "#pkg/apimachinery/component.ts";
import { connectionFromKubeconfig } from "#pkg/client/index.ts";
import { startKubelet } from "#pkg/kubelet/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { dnsServiceIp } from "../apiserver-flags.ts";
import type { ClusterConfig } from "../config.ts";
import { kubeconfig, nodeLayout, pkiDir } from "../layout.ts";
import { kubeletUser, nodeAddress, nodeCgroupRoot } from "../node/places.ts";

export async function startClusterKubelet(
  config: ClusterConfig,
  signal: AbortSignal,
  index: number,
): Promise<Component> {
  const node = nodeLayout(config, index);
  const endpoint = config.containerRuntimeEndpoint;
  return startKubelet(
    {
      connection: await connectionFromKubeconfig(kubeconfig(config, kubeletUser(config, index))),
      nodeName: node.name,
      nodeIPs: [nodeAddress(config, index)],
      endpoint: endpoint === "" ? `unix://${node.containerdSocket}` : endpoint,
      rootDir: node.kubeletRoot,
      podLogsDir: node.podLogsDir,
      containerLogLinks: "",
      clusterDns: [dnsServiceIp(config)],
      clusterDomain: config.clusterDomain,
      resolvConf: "/etc/resolv.conf",
      cgroupRoot: nodeCgroupRoot(config, index),
      cgroupsPerQos: true,
      maxPods: 110,
      port: config.kubeletPort,
      labels: {},
      taints: [],
      server: { certificate: await servingCertificate(config, node.name) },
    },
    { signal },
  );
}

/** The API server trusts the kubelets of its own authority only. */
async function servingCertificate(config: ClusterConfig, name: string): Promise<{ cert: string; key: string }> {
  const path = join(pkiDir(config), pkiPaths.kubeletServing(name));
  const [cert, key] = await Promise.all([readFile(`${path}.crt`, "utf8"), readFile(`${path}.key`, "utf8")]);
  return { cert, key };
}
