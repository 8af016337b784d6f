/**
 * Clusters in which one component is of the other maker, ours or upstream's, one after the other.
 *
 *     node test/swap/main.ts [--only ours-with-upstream-kubelet]… [--seconds 60] [--no-write]
 *
 * Prints the matrix; logs and results are under `out/swap/`. A whole run puts it into docs/scoreboard.md; `--write` a part,
 * too. Fails when any combination failed or was not run.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { untilSignal } from "#pkg/component/signals.ts";
import { removeCgroups, sandboxEnd, spawnInSandbox } from "#test/support/sandbox.ts";
import { dated, writeSection } from "#test/support/scoreboard.ts";
import {
  allCombinations,
  type Combination,
  type CombinationResult,
  isPassed,
  matrixOf,
  nameOf,
  swappable,
} from "./combination.ts";

const out = new URL("../../out/swap/", import.meta.url).pathname;
const upstreamDir = join(process.env["ORACLE_DIR"] ?? join(homedir(), ".cache/oracle"), "bin");
/** For the start, the end, and each step's own limit. */
const stepsAtMost = 8;

const signal = untilSignal("SIGINT", "SIGTERM");

async function runOne(combination: Combination, seconds: number): Promise<CombinationResult> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-swap-"));
  const cgroup = `/${directory.slice(directory.lastIndexOf("/") + 1)}`;
  const script = new URL("run-one.ts", import.meta.url).pathname;
  const args = [JSON.stringify(combination), directory, cgroup, upstreamDir, String(seconds)];
  const child = spawnInSandbox([process.execPath, script, ...args], { output: 1 });
  const how = await sandboxEnd(child, { timeoutMs: stepsAtMost * seconds * 1000, signal });
  try {
    const text = await readFile(join(directory, "result.json"), "utf8").catch(() => "");
    if (text !== "") return JSON.parse(text);
    console.log(`  no result: ${how}`);
    return { combination, steps: [], error: `no result: ${how}` };
  } finally {
    await keepDetails(directory, nameOf(combination));
    await removeCgroups(cgroup);
    await rm(directory, { recursive: true, force: true });
  }
}

async function keepDetails(directory: string, name: string): Promise<void> {
  await rm(join(out, name), { recursive: true, force: true });
  await mkdir(join(out, name), { recursive: true });
  for (const part of ["logs", "result.json"]) {
    await cp(join(directory, part), join(out, name, part), { recursive: true }).catch(() => undefined);
  }
}

function ensurePrograms(): void {
  const missing = [...swappable, "kubectl"].map((name) => join(upstreamDir, name)).filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing: make oracle`);
  if (process.getuid?.() !== 0) throw new Error("a node needs root");
}

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    seconds: { type: "string", default: "60" },
    write: { type: "boolean" },
  },
  allowNegative: true,
});
ensurePrograms();
const known = allCombinations();
const unknown = values.only.filter((name) => !known.some((one) => nameOf(one) === name));
if (unknown.length > 0) throw new Error(`unknown: ${unknown.join()}; there are ${known.map(nameOf).join(", ")}`);
const chosen = known.filter((one) => values.only.length === 0 || values.only.includes(nameOf(one)));
const results: CombinationResult[] = [];
for (const combination of chosen) {
  if (signal.aborted) break;
  console.log(`== ${nameOf(combination)} (${results.length + 1} of ${chosen.length})`);
  const result = await runOne(combination, Number(values.seconds));
  results.push(result);
}
console.log(`\n${matrixOf(results)}\n\nDetails: ${out}`);
process.exitCode = results.length === chosen.length && results.every(isPassed) ? 0 : 1;
if (values.write ?? results.length === known.length) {
  const passed = results.filter(isPassed).length;
  const text = `${await dated()}; \`make swap\`: ${passed} of ${known.length} clusters did all of it (time of all steps).`;
  await writeSection("swap", "One component exchanged", `${text}\n\n${matrixOf(results)}`);
}
