/** The network of the nodes beyond the first: a namespace each, a cable to one bridge, and routes to their pods. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { ClusterConfig } from "../config.ts";
import { ensureProgram } from "../machine.ts";
import { podCidrOf } from "./containerd-config.ts";
import { masqueradeRules } from "./masquerade.ts";
import { furtherNodes, nodeAddress, nodeLink, nodeNetns, nodesBridge, nodesGateway } from "./places.ts";

const run = promisify(execFile);
const commandMs = 5000;

async function ip(...args: string[]): Promise<void> {
  await run(ensureProgram("ip"), args, { timeout: commandMs });
}

function inside(netns: string, script: string): Promise<unknown> {
  return run(ensureProgram("nsenter"), [`--net=${netns}`, "--", "sh", "-ec", script], { timeout: commandMs });
}

/** The namespace is a mount on a file, so that it lives while no process is in it. */
async function ensureNetns(path: string): Promise<void> {
  if (
    existsSync(path) &&
    (await inside(path, ":").then(
      () => true,
      () => false,
    ))
  )
    return;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "");
  await run(ensureProgram("unshare"), [`--net=${path}`, "true"], { timeout: commandMs });
}

async function ensureBridge(): Promise<void> {
  await ip("link", "add", nodesBridge, "type", "bridge").catch(() => undefined);
  await ip("addr", "replace", `${nodesGateway}/24`, "dev", nodesBridge);
  await ip("link", "set", nodesBridge, "up");
}

/** Run with the namespace's own /proc/sys/net: the kernel shows that of whoever opens it. */
function nodeScript(config: ClusterConfig, index: number): string {
  return `ip link set lo up
ip addr replace ${nodeAddress(config, index)}/24 dev eth0
ip link set eth0 up
ip route replace default via ${nodesGateway}
echo 1 > /proc/sys/net/ipv4/ip_forward
for setting in bridge/bridge-nf-call-iptables ipv4/conf/all/route_localnet; do
  if [ -e /proc/sys/net/$setting ]; then echo 1 > /proc/sys/net/$setting; fi
done
nft -f - <<'RULES'
${masqueradeRules(config)}RULES
`;
}

async function setUpNode(config: ClusterConfig, index: number): Promise<void> {
  const netns = nodeNetns(config, index);
  const link = nodeLink(index);
  await ensureNetns(netns);
  // A cable of an earlier start may lead into a namespace that is gone.
  await ip("link", "del", link).catch(() => undefined);
  await ip("link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", netns);
  await ip("link", "set", link, "master", nodesBridge, "up");
  // A NodePort of the first node may lead back into this one: with bridge filtering the kernel sends that out where it
  // came in, which a bridge does for hairpins only.
  await ip("link", "set", link, "type", "bridge_slave", "hairpin", "on");
  await inside(netns, nodeScript(config, index));
  await ip("route", "replace", podCidrOf(config, index), "via", nodeAddress(config, index), "dev", nodesBridge);
}

/** Idempotent. */
export async function setUpFurtherNodes(config: ClusterConfig): Promise<void> {
  if (config.nodes < 2) return;
  await ensureBridge();
  for (const index of furtherNodes(config)) await setUpNode(config, index);
}

/** What is not there is fine; the routes go with the bridge, the namespaces with the mounts below the run directory. */
export async function tearDownFurtherNodes(config: Pick<ClusterConfig, "nodes">): Promise<void> {
  for (const link of [...furtherNodes(config).map(nodeLink), nodesBridge]) {
    await ip("link", "del", link).catch(() => undefined);
  }
}
