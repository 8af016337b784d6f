/**
 * Inside a sandbox: a cluster of one of the combinations, then a command that finds it by KUBECONFIG and KUBETS_DATA.
 *
 *     node with-combination.ts NAME DIRECTORY NODES UPSTREAM-DIRECTORY COMMAND…
 *
 * Exits with the command's code, or with 1 when a process of the cluster died meanwhile.
 */
import { spawn } from "node:child_process";
import { writeConfig } from "#pkg/cluster/config.ts";
import { adminKubeconfig } from "#pkg/cluster/layout.ts";
import { startCluster } from "./cluster.ts";
import { allCombinations, nameOf } from "./combination.ts";

const [name = "", directory = "", nodes = "1", upstreamDir = "", file = "", ...args] = process.argv.slice(2);
const combination = allCombinations().find((one) => nameOf(one) === name);
if (!combination) throw new Error(`there is no combination ${name}`);
const cgroup = directory.slice(directory.lastIndexOf("/"));
await using cluster = await startCluster(combination, { directory, cgroup, upstreamDir, nodes: Number(nodes) });
const { config } = cluster;
// `kubets image load` finds the nodes by it.
await writeConfig(config);
const env = { ...process.env, KUBECONFIG: adminKubeconfig(config), KUBETS_DATA: config.dataDir };
const child = spawn(file, args, { stdio: "inherit", env });
process.exitCode = await new Promise<number>((resolve) => {
  child.once("error", (error) => {
    console.error(error.message);
    resolve(1);
  });
  child.once("exit", (code) => resolve(code ?? 1));
});
await cluster.ensureAlive();
