/** Everything on disk that the processes read: certificates, kubeconfigs, runtime and network configuration. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import {
  buildKubeconfig,
  ensurePki,
  type KeyPair,
  mergeKubeconfig,
  type PkiResult,
  pkiPaths,
  planPki,
  removeFromKubeconfig,
  writeSecret,
} from "#pkg/pki/index.ts";
import { apiServerUrl, apiServiceIp } from "./apiserver-flags.ts";
import type { ClusterConfig } from "./config.ts";
import { adminKubeconfig, etcdDir, kubeconfig, nodeLayout, pkiDir } from "./layout.ts";
import { findCniDir } from "./machine.ts";
import {
  buildCniConfig,
  buildContainerdConfig,
  buildRegistryHosts,
  podCidrOf,
  registryHost,
} from "./node/containerd-config.ts";
import { bridgeName } from "./node/masquerade.ts";
import { apiServerUrlFor, kubeletUser, nodeAddress, nodeIndexes, proxyUser, registryHostFor } from "./node/places.ts";

/** Idempotent; takes some 200 ms the first time and some 10 ms after. */
export async function preparePki(config: ClusterConfig): Promise<PkiResult> {
  const nodes = nodeIndexes(config).map((index) => ({
    index,
    name: nodeLayout(config, index).name,
    ip: nodeAddress(config, index),
  }));
  const pki = await ensurePki(
    pkiDir(config),
    planPki({
      clusterDomain: config.clusterDomain,
      serviceIp: apiServiceIp(config),
      advertiseIps: [],
      nodes,
    }),
  );
  const pair = (path: string): KeyPair => {
    const found = pki.pairs.get(path);
    if (!found) throw new Error(`there is no certificate ${path}`);
    return found;
  };
  const write = (path: string, user: string, index = 1) =>
    writeSecret(
      path,
      buildKubeconfig({
        name: config.name,
        server: apiServerUrlFor(config, index),
        ca: pair(pkiPaths.ca).certificate,
        client: pair(user),
      }),
    );
  await Promise.all([
    write(adminKubeconfig(config), pkiPaths.admin),
    write(kubeconfig(config, "controller-manager"), pkiPaths.controllerManager),
    write(kubeconfig(config, "scheduler"), pkiPaths.scheduler),
    write(kubeconfig(config, "kube-dns"), pkiPaths.dns),
    ...nodes.flatMap(({ index, name }) => [
      write(kubeconfig(config, proxyUser(index)), pkiPaths.proxy, index),
      write(kubeconfig(config, kubeletUser(config, index)), pkiPaths.kubeletClient(name), index),
    ]),
  ]);
  return pki;
}

async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

/** Directories and the runtime's configuration of one node. */
export async function prepareNode(config: ClusterConfig, index: number): Promise<void> {
  const node = nodeLayout(config, index);
  const dirs = [node.containerdRoot, node.containerdState, node.kubeletRoot, node.podLogsDir, node.manifestsDir];
  await Promise.all([...dirs, config.runDir].map((dir) => mkdir(dir, { recursive: true })));
  await mkdir(etcdDir(config), { recursive: true, mode: 0o700 });
  const cni = buildCniConfig({ bridge: bridgeName, podCidr: podCidrOf(config, index), node });
  const hosts = buildRegistryHosts(registryHostFor(index), config.registryPort);
  await Promise.all([
    writeText(node.containerdConfig, buildContainerdConfig(node, findCniDir())),
    writeText(join(node.cniConfDir, "10-kubets.conflist"), cni),
    writeText(join(node.certsDir, registryHost, "hosts.toml"), hosts),
  ]);
}

const userKubeconfig = (): string => process.env["KUBECONFIG"]?.split(":")[0] || join(homedir(), ".kube", "config");

async function readUserKubeconfig(): Promise<string> {
  try {
    return await readFile(userKubeconfig(), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

/** Adds the admin context to the user's kubeconfig. Returns a notice for the user, or undefined when all is as expected. */
export async function mergeUserKubeconfig(config: ClusterConfig, pki: PkiResult): Promise<string | undefined> {
  const client = pki.pairs.get(pkiPaths.admin);
  const ca = pki.pairs.get(pkiPaths.ca);
  if (!client || !ca) throw new Error("there is no admin certificate");
  const path = userKubeconfig();
  let merged: ReturnType<typeof mergeKubeconfig>;
  try {
    const request = { name: config.name, server: apiServerUrl(config), ca: ca.certificate, client };
    merged = mergeKubeconfig(await readUserKubeconfig(), request);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `${path} was left alone (${why}): use KUBECONFIG=${adminKubeconfig(config)}.`;
  }
  await writeSecret(path, merged.text);
  if (merged.keptContext === undefined) return undefined;
  return `${path} keeps its current context ${merged.keptContext}: use \`kubectl --context ${config.name}\`.`;
}

/** Takes our entries out again, where there are any. */
export async function cleanUserKubeconfig(config: Pick<ClusterConfig, "name">): Promise<void> {
  const text = await readUserKubeconfig().catch(() => "");
  if (text === "") return;
  try {
    const cleaned = removeFromKubeconfig(text, config.name);
    if (cleaned !== text) await writeSecret(userKubeconfig(), cleaned);
  } catch {
    // Not a file that we could have written to: leave it as it is.
  }
}
