/**
 * Inside a sandbox with a cluster: loads the images, then runs ginkgo on the specs of a file.
 *
 *     node inside.ts PROGRAMS ARCHIVE FOCUS-FILE PROCESSES MINUTES NODES
 */
import { execFile, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const loadMsMax = 600_000;

const [programs = "", archive = "", focusFile = "", processes = "", minutes = "", nodes = ""] = process.argv.slice(2);
const { KUBECONFIG: kubeconfig = "", KUBETS_DATA: data = "", PATH: path = "" } = process.env;
const entry = process.env["KUBETS_ENTRY"] ?? new URL("../../cmd/kubets/main.ts", import.meta.url).pathname;
await promisify(execFile)(process.execPath, [entry, "image", "load", archive, "--data-dir", data], {
  timeout: loadMsMax,
});
const focus = await readFile(focusFile, "utf8");
const ginkgo = ["-v", "--no-color", `--procs=${processes}`, `--timeout=${minutes}m`, `--focus=${focus}`];
const suite = [
  `--kubeconfig=${kubeconfig}`,
  "--provider=skeleton",
  // Without it specs that want two are skipped.
  `--num-nodes=${nodes}`,
  "--disable-log-dump=true",
  "--dump-logs-on-failure=false",
  `--kubectl-path=${join(programs, "kubectl")}`,
];
const child = spawn(join(programs, "ginkgo"), [...ginkgo, join(programs, "e2e.test"), "--", ...suite], {
  stdio: "inherit",
  cwd: data,
  env: { ...process.env, PATH: `${programs}:${path}` },
});
child.once("exit", (code) => process.exit(code ?? 1));
