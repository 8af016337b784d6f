/**
 * Inside a sandbox: a cluster of ours, then a command that finds it by KUBECONFIG, KUBETS_DATA and KUBETS_RUN.
 *
 *     node with-cluster.ts DIRECTORY NODES COMMAND…
 *
 * Exits with the command's code; what `kubets up` said is printed when it fails. The sandbox's end is the cluster's.
 */
import { execFile, spawn } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

const upMsMax = 180_000;

const [directory = "", nodes = "1", file = "", ...args] = process.argv.slice(2);
const entry = process.env["KUBETS_ENTRY"] ?? new URL("../../cmd/kubets/main.ts", import.meta.url).pathname;
const dataDir = join(directory, "data");
const runDir = join(directory, "run");
const cgroup = `/${directory.slice(directory.lastIndexOf("/") + 1)}`;
const place = ["--data-dir", dataDir, "--run-dir", runDir, "--cgroup-root", cgroup];
const up = [entry, "up", "--merge-kubeconfig=false", "--nodes", nodes, ...place];
try {
  await promisify(execFile)(process.execPath, up, { timeout: upMsMax });
} catch (error) {
  const { stdout, stderr } = error as { stdout?: string; stderr?: string };
  throw new Error(`the cluster did not come up:\n${stdout ?? ""}${stderr ?? String(error)}`);
}
const kubeconfig = join(dataDir, "admin.kubeconfig");
const env = { ...process.env, KUBECONFIG: kubeconfig, KUBETS_DATA: dataDir, KUBETS_RUN: runDir };
const child = spawn(file, args, { stdio: "inherit", env });
child.once("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
child.once("exit", (code) => process.exit(code ?? 1));
