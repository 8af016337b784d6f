/** The node's network: its address, sysctls, the masquerade rule, and taking all of it away again. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import { promisify } from "node:util";
import type { ClusterConfig } from "../config.ts";
import { ensureProgram } from "../machine.ts";
import { setUpFurtherNodes, tearDownFurtherNodes } from "./further-nodes.ts";
import { bridgeName, masqueradeRules, tableName } from "./masquerade.ts";

const run = promisify(execFile);

/** Carries the node's address on a machine that has none but loopback's. */
export const fallbackBridge = "kubets-node";
const fallbackAddress = "172.31.254.1";

async function ip(...args: string[]): Promise<string> {
  return (await run(ensureProgram("ip"), args, { timeout: 5000 })).stdout;
}

/** The source address of the default route. */
async function defaultRouteAddress(): Promise<string | undefined> {
  try {
    const routes: unknown = JSON.parse(await ip("-j", "-4", "route", "get", "192.0.2.1"));
    const source = Array.isArray(routes) ? routes[0]?.prefsrc : undefined;
    return typeof source === "string" && !source.startsWith("127.") ? source : undefined;
  } catch {
    return undefined;
  }
}

function firstAddress(): string | undefined {
  for (const [name, addresses] of Object.entries(networkInterfaces())) {
    if (name === bridgeName) continue;
    const found = addresses?.find((entry) => entry.family === "IPv4" && !entry.internal);
    if (found) return found.address;
  }
  return undefined;
}

/**
 * The address that others reach this node by: the one asked for, the default route's, any other, or,
 * on a machine without a network, one on a bridge made for the purpose.
 */
export async function findNodeIp(config: Pick<ClusterConfig, "nodeIp">): Promise<string> {
  if (config.nodeIp !== "") return config.nodeIp;
  return (await defaultRouteAddress()) ?? firstAddress() ?? fallbackAddress;
}

async function ensureAddress({ nodeIp, serviceCidr }: Pick<ClusterConfig, "nodeIp" | "serviceCidr">): Promise<void> {
  if (nodeIp !== fallbackAddress) return;
  await ip("link", "add", fallbackBridge, "type", "bridge").catch(() => "");
  await ip("addr", "replace", `${fallbackAddress}/24`, "dev", fallbackBridge);
  await ip("link", "set", fallbackBridge, "up");
  // Without any route to it a Service's address is refused before the proxy's rules could change it.
  await ip("route", "replace", serviceCidr, "dev", fallbackBridge);
}

/** Settings that routing between pods needs. Those of the bridge filter exist only where its module is loaded. */
const sysctls: readonly (readonly [name: string, value: string, optional: boolean])[] = [
  ["net/ipv4/ip_forward", "1", false],
  ["net/bridge/bridge-nf-call-iptables", "1", true],
  ["net/ipv4/conf/all/route_localnet", "1", true],
];

async function applySysctls(): Promise<void> {
  if (!existsSync("/proc/sys/net/bridge")) {
    const modprobe = run(ensureProgram("modprobe"), ["br_netfilter"], { timeout: 5000 });
    await modprobe.catch(() => undefined);
  }
  for (const [name, value, optional] of sysctls) {
    const path = `/proc/sys/${name}`;
    if (!existsSync(path) && optional) continue;
    await writeFile(path, value);
  }
}

async function nft(script: string): Promise<void> {
  const child = run(ensureProgram("nft"), ["-f", "-"], { timeout: 10_000 });
  child.child.stdin?.end(script);
  await child;
}

/** Idempotent. */
export async function setUpNetwork(config: ClusterConfig): Promise<void> {
  await ensureAddress(config);
  await applySysctls();
  await nft(masqueradeRules(config));
  await setUpFurtherNodes(config);
}

/** Removes the bridges and every table that the cluster made, the service proxy's too. Nothing there is fine. */
export async function tearDownNetwork(config: Pick<ClusterConfig, "nodes">): Promise<void> {
  await tearDownFurtherNodes(config);
  const tables = [`ip ${tableName}`, "ip kube-proxy", "ip6 kube-proxy"];
  // Adding before deleting makes the deletion succeed whether or not the table was there.
  await nft(tables.map((table) => `add table ${table}\ndelete table ${table}\n`).join(""));
  // Asked for without a look first: a bridge that has lost its last pod is down, and Node lists only what is up.
  for (const bridge of [bridgeName, fallbackBridge]) await ip("link", "del", bridge).catch(() => "");
}
