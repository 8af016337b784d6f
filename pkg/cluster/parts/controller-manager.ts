/** The controllers of a cluster. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connectionFromKubeconfig } from "#pkg/client/index.ts";
import { localPath, startControllerManager } from "#pkg/controller/index.ts";
import { selfSignedServing } from "#pkg/pki/index.ts";
import type { ClusterConfig } from "../config.ts";
import { kubeconfig, pkiDir, volumesDir } from "../layout.ts";

export async function startClusterControllerManager(config: ClusterConfig, signal: AbortSignal): Promise<Component> {
  const pki = (name: string) => readFile(join(pkiDir(config), name), "utf8");
  const [rootCa, key, serviceAccountKey] = await Promise.all([pki("ca.crt"), pki("ca.key"), pki("sa.key")]);
  return startControllerManager(
    {
      connection: await connectionFromKubeconfig(kubeconfig(config, "controller-manager")),
      // No leader election: one replica by construction, and a restart need not wait for a lease to run out.
      rootCa,
      serviceAccountKey,
      clusterSigning: { cert: rootCa, key },
      clusterCidrs: [config.clusterCidr],
      // All nodes share this machine's disk.
      further: [localPath({ directory: volumesDir(config) })],
      serving: {
        bindAddress: "127.0.0.1",
        port: config.controllerManagerPort,
        tls: await selfSignedServing("kube-controller-manager"),
      },
      log: createLogger("kube-controller-manager"),
    },
    { signal },
  );
}
