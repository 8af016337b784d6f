/** The kubelet of one of a cluster's nodes. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Registry } from "prom-client";
import type { Pod } from "#api/types/core/v1";
import type { Component } from "#pkg/apimachinery/component.ts";
import { connectionFromKubeconfig } from "#pkg/client/index.ts";
import { servePages } from "#pkg/component/pages.ts";
import { defaultHardThresholds, startKubelet } from "#pkg/kubelet/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { defaultPodOnly, defaultPodSpec } from "#pkg/registry/core/pods/defaults.ts";
import { dropDisabledPodFields } from "#pkg/registry/core/pods/disabled-fields.ts";
import { dnsServiceIp } from "../apiserver-flags.ts";
import type { ClusterConfig } from "../config.ts";
import { kubeconfig, nodeLayout, pkiDir } from "../layout.ts";
import { kubeletUser, nodeAddress, nodeCgroupRoot } from "../node/places.ts";
import { withParts } from "./client.ts";

/**
 * The disk is the machine's own: how full it is as a whole is no matter of the cluster's, and what was loaded for it must not
 * go for that. The node acts where next to nothing is left.
 */
const diskLeftMin = "1Gi";
const eviction = {
  hard: { ...defaultHardThresholds, "nodefs.available": diskLeftMin, "imagefs.available": diskLeftMin },
};
const imageCollection = { highThresholdPercent: 100 };

export async function startClusterKubelet(
  config: ClusterConfig,
  signal: AbortSignal,
  index: number,
): Promise<Component> {
  const node = nodeLayout(config, index);
  const endpoint = config.containerRuntimeEndpoint;
  const component = await startKubelet(
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
      eviction,
      imageCollection,
      staticPods: { directory: node.manifestsDir, setDefaults: defaultPod },
      server: { certificate: await servingCertificate(config, node.name) },
    },
    { signal },
  );
  const healthz = await servePages({
    bindAddress: "127.0.0.1",
    port: config.kubeletHealthzPort,
    registry: new Registry(),
  });
  return withParts(component, [healthz]);
}

function defaultPod({ spec }: Pod): void {
  dropDisabledPodFields(spec);
  defaultPodSpec(spec);
  defaultPodOnly(spec);
}

/** The API server trusts the kubelets of its own authority only. */
async function servingCertificate(config: ClusterConfig, name: string): Promise<{ cert: string; key: string }> {
  const path = join(pkiDir(config), pkiPaths.kubeletServing(name));
  const [cert, key] = await Promise.all([readFile(`${path}.crt`, "utf8"), readFile(`${path}.key`, "utf8")]);
  return { cert, key };
}
