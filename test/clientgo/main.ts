/**
 * client-go and controller-runtime against a cluster of ours.
 *
 *     node test/clientgo/main.ts [--run 'TestApply|TestInformer'] [--no-write]
 *
 * Builds the Go tests, runs them in a sandbox beside the cluster, keeps output and logs under `out/clientgo/`. Fails when
 * a test fails, is skipped, or does not run to its end. A whole run puts its table into docs/scoreboard.md; `--write` a
 * part, too.
 */
import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { untilSignal } from "#pkg/component/signals.ts";
import { runGo } from "#test/support/go.ts";
import { removeCgroups, sandboxEnd, spawnInSandbox } from "#test/support/sandbox.ts";
import { dated, writeSection } from "#test/support/scoreboard.ts";
import { judge, type Verdict } from "./verdict.ts";

const run = promisify(execFile);
const here = new URL(".", import.meta.url).pathname;
const out = new URL("../../out/clientgo/", import.meta.url).pathname;
const binary = join(out, "clientgo.test");
const testsMsMax = 240_000;

const signal = untilSignal("SIGINT", "SIGTERM");

async function testNames(pattern: string): Promise<string[]> {
  // Listing runs TestMain too, which wants to know a cluster.
  const env = { ...process.env, KUBECONFIG: "-", KUBETS_DATA: "-", KUBETS_RUN: "-" };
  const { stdout } = await run(binary, ["-test.list", pattern], { env });
  return stdout.split("\n").filter((line) => line.startsWith("Test"));
}

interface Ran {
  readonly output: string;
  /** As the sandbox tells it. */
  readonly how: string;
}

/** The tests beside a cluster; everything ends with the sandbox. */
async function runTests(directory: string, pattern: string): Promise<Ran> {
  const script = new URL("../support/with-cluster.ts", import.meta.url).pathname;
  const flags = ["-test.v", "-test.run", pattern, "-test.parallel", "8", "-test.timeout", `${testsMsMax / 1000}s`];
  const child = spawnInSandbox([process.execPath, script, directory, "1", binary, ...flags]);
  const log = createWriteStream(join(out, "output.txt"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8");
    stream?.on("data", (text: string) => {
      output += text;
      log.write(text);
      for (const [line] of text.matchAll(/^ *--- .*$/gm)) if (!line.startsWith(" ")) console.log(line);
    });
  }
  const how = await sandboxEnd(child, { timeoutMs: 2 * testsMsMax, signal });
  await new Promise((resolve) => log.end(resolve));
  return { output, how };
}

async function inDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-clientgo-"));
  try {
    return await work(directory);
  } finally {
    await rm(join(out, "logs"), { recursive: true, force: true });
    await cp(join(directory, "data/logs"), join(out, "logs"), { recursive: true }).catch(() => undefined);
    await removeCgroups(directory.slice(directory.lastIndexOf("/")));
    await rm(directory, { recursive: true, force: true });
  }
}

/** The lines that a failure printed come right before its result. */
function explain(output: string, { failed }: Verdict): void {
  const lines = output.split("\n").filter((line) => /_test\.go:\d+: |^panic:|did not come up|^Error/.test(line));
  for (const line of lines.slice(0, 40)) console.log(line.slice(0, 600));
  for (const [name, why] of failed) console.log(`${name} ${why}`);
}

const allTests = "^Test";
const { values } = parseArgs({
  options: { run: { type: "string", default: allTests }, write: { type: "boolean" } },
  allowNegative: true,
});
await mkdir(out, { recursive: true });
console.log("building the Go tests");
await runGo(here, ["test", "-c", "-o", binary, "."]);
const expected = await testNames(values.run);
const started = performance.now();
const { output, how } = await inDirectory((directory) => runTests(directory, values.run));
const verdict = judge(expected, output, how);
if (verdict.failed.length > 0) explain(output, verdict);
const passed = expected.filter(
  (name) => verdict.passed.includes(name) && !verdict.failed.some(([bad]) => bad === name),
);
const seconds = Math.round((performance.now() - started) / 1000);
const summary = `${passed.length} of ${expected.length} tests (${verdict.passed.length} with their parts) passed in ${seconds} s`;
console.log(`${summary}. Details: ${out}`);
process.exitCode = verdict.failed.length === 0 ? 0 : 1;
if (values.write ?? values.run === allTests) {
  const rows = expected.map(
    (name) => `| ${name.slice("Test".length)} | ${passed.includes(name) ? "passed" : "FAILED"} |`,
  );
  const table = ["| client-go and controller-runtime | |", "|---|---|", ...rows].join("\n");
  const text = `${await dated()}; \`make clientgo\`: ${summary}.`;
  await writeSection("clientgo", "Go clients", `${text}\n\n${table}`);
}
