/**
 * Upstream's conformance suite against a cluster of ours with two nodes, in a sandbox; or against one of test/swap, of
 * which `all-upstream` shows what the suite says of upstream itself on this machine.
 *
 *     node test/conformance/main.ts [--focus REGEX] [--skip REGEX] [--processes 4] [--minutes 120] [--again] [--no-write] [--commit NAME]
 *         [--cluster all-upstream] [--beyond]
 *
 * `--beyond` asks for the specs that are not of the conformance suite and need no feature, cloud or machine of their own.
 *
 * What passed on this commit is not run again without `--again`; results, JUnit and logs are under `out/conformance/`.
 * A whole run puts its table into docs/scoreboard.md; `--write` a part, too.
 * Fails when a chosen spec failed, was skipped, or was not run to its end.
 */
import { appendFileSync, createWriteStream, existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { untilSignal } from "#pkg/component/signals.ts";
import { removeCgroups, sandboxEnd, spawnInSandbox } from "#test/support/sandbox.ts";
import { currentCommit, today, writeSection } from "#test/support/scoreboard.ts";
import { cannotRunHere } from "./exceptions.ts";
import { suiteImages } from "./images/suite.ts";
import { allPassed, junitOf, rowsOf, tableOf } from "./report.ts";
import { focusOn, listSpecs, OutputReader, type SpecResult } from "./specs.ts";

const oracle = process.env["ORACLE_DIR"] ?? join(homedir(), ".cache/oracle");
const programs = join(oracle, "bin");
const nodes = "2";
/** The cluster's start and the loading of images come on top of the suite's own limit. */
const aroundMinutes = 15;

const conformance = "\\[Conformance\\]";
/** Labels of specs that are of the suite, or that no cluster without their feature, cloud or machine could pass. */
const notBeyond =
  "\\[(Conformance|Feature|Alpha|Beta|Disruptive|Slow|Serial|Flaky|Windows|sig-windows|sig-cloud|Driver)";

const signal = untilSignal("SIGINT", "SIGTERM");

function ensurePrograms(): void {
  const needed = ["ginkgo", "e2e.test", "kubectl", "agnhost", "nonewprivs", "sample-apiserver"];
  const missing = needed.map((name) => join(programs, name)).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing: bash test/oracle/build.sh kube e2e`);
  if (process.getuid?.() !== 0) throw new Error("a node needs root");
}

async function readResults(file: string): Promise<SpecResult[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as SpecResult);
}

interface RunOptions {
  readonly names: readonly string[];
  readonly archive: string;
  readonly out: string;
  readonly processes: string;
  readonly minutes: string;
  /** A combination's name; empty: `kubets up`. */
  readonly cluster: string;
  onResult(result: SpecResult): void;
}

const script = (path: string): string => new URL(path, import.meta.url).pathname;

/** The command that starts the cluster, as far as the one that it then runs. */
const starter = (cluster: string, directory: string): string[] =>
  cluster === ""
    ? [script("../support/with-cluster.ts"), directory, nodes]
    : [script("../swap/with-combination.ts"), cluster, directory, nodes, programs];

async function runSpecs({ names, archive, out, processes, minutes, cluster, onResult }: RunOptions): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-conformance-"));
  const focusFile = join(directory, "focus");
  await writeFile(focusFile, focusOn(names));
  const inside = [process.execPath, script("inside.ts"), programs, archive, focusFile, processes, minutes, nodes];
  const child = spawnInSandbox([process.execPath, ...starter(cluster, directory), ...inside]);
  const reader = new OutputReader(names, onResult);
  const log = createWriteStream(join(out, "ginkgo.log"), { flags: "a" });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").pipe(log, { end: false });
  child.stdout?.on("data", (text: string) => reader.write(text));
  await sandboxEnd(child, { timeoutMs: (Number(minutes) + aroundMinutes) * 60_000, signal });
  reader.end();
  await new Promise((resolve) => log.end(resolve));
  for (const logs of ["data/logs", "logs"]) {
    await cp(join(directory, logs), join(out, "logs"), { recursive: true, force: true }).catch(() => undefined);
  }
  await removeCgroups(directory.slice(directory.lastIndexOf("/")));
  await removeCgroups(`${directory.slice(directory.lastIndexOf("/"))}-node-2`);
  await rm(directory, { recursive: true, force: true });
}

interface Choice {
  readonly focus: string;
  readonly skip: string;
}

function choiceOf({ focus, skip, beyond }: Choice & { readonly beyond: boolean }): Choice {
  if (!beyond) return { focus: focus === "" ? conformance : `${focus}.*${conformance}`, skip };
  return { focus: focus === "" ? "\\[sig-" : focus, skip: [notBeyond, ...(skip === "" ? [] : [skip])].join("|") };
}

const { values } = parseArgs({
  options: {
    focus: { type: "string", default: "" },
    skip: { type: "string", default: "" },
    processes: { type: "string", default: "4" },
    minutes: { type: "string", default: "120" },
    again: { type: "boolean", default: false },
    write: { type: "boolean" },
    commit: { type: "string", default: "" },
    cluster: { type: "string", default: "" },
    beyond: { type: "boolean", default: false },
  },
  allowNegative: true,
});
ensurePrograms();
const commit = values.commit === "" ? await currentCommit() : values.commit;
const place = [commit, values.cluster, values.beyond ? "beyond" : ""].filter(Boolean).join("-");
const out = new URL(`../../out/conformance/${place}/`, import.meta.url).pathname;
await mkdir(out, { recursive: true });
const resultsFile = join(out, "specs.jsonl");
if (values.again) await rm(resultsFile, { force: true });
const { focus, skip } = choiceOf(values);
const [matching, archive] = await Promise.all([listSpecs(programs, focus, skip), suiteImages(oracle)]);
const impossible = matching.filter((name) => cannotRunHere.has(name));
const chosen = matching.filter((name) => !cannotRunHere.has(name));
const results = await readResults(resultsFile);
const passed = new Set(results.filter(({ state }) => state === "passed").map(({ name }) => name));
const names = chosen.filter((name) => !passed.has(name));
console.log(`${chosen.length} specs, ${names.length} of them not passed yet on ${commit}`);
const started = performance.now();
let ended = 0;
if (names.length > 0) {
  const onResult = (result: SpecResult): void => {
    results.push(result);
    appendFileSync(resultsFile, `${JSON.stringify(result)}\n`);
    ended += 1;
    console.log(`${ended}/${names.length} ${result.state} ${result.seconds.toFixed(1)} s ${result.name}`);
  };
  await runSpecs({
    names,
    archive,
    out,
    processes: values.processes,
    minutes: values.minutes,
    cluster: values.cluster,
    onResult,
  });
}
const rows = rowsOf(chosen, results);
const reasons = impossible.map((name) => `* not run here: ${name}: ${cannotRunHere.get(name)}`);
const table = [tableOf(rows), ...reasons].join("\n\n");
const minutes = ((performance.now() - started) / 60_000).toFixed(1);
await writeFile(join(out, "junit.xml"), junitOf(chosen, results));
console.log(`\n${table}\n\n${minutes} minutes. Details: ${out}`);
process.exitCode = allPassed(rows) ? 0 : 1;
if (values.write ?? (values.focus === "" && values.skip === "" && ended === names.length)) {
  const whose = values.cluster === "" ? "ours" : values.cluster;
  const suite = values.beyond ? "specs beyond its conformance suite" : "conformance suite";
  const text = `${today()}, commit ${commit}; \`make conformance\`: e2e.test of v1.35.4 on two nodes, ${values.processes} at a time, ${minutes} minutes for the ${names.length} that had not passed before.`;
  const section = ["conformance", values.cluster, values.beyond ? "beyond" : ""].filter(Boolean).join("-");
  await writeSection(section, `Upstream's ${suite}: ${whose}`, `${text}\n\n${table}`);
}
