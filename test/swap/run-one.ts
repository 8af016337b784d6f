/**
 * One combination, inside a sandbox: node run-one.ts COMBINATION-AS-JSON DIRECTORY CGROUP UPSTREAM-DIRECTORY SECONDS
 *
 * Writes DIRECTORY/result.json, whatever happens.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startCluster } from "./cluster.ts";
import type { Combination, CombinationResult, StepResult } from "./combination.ts";
import { runScenario } from "./scenario.ts";

const [json = "", directory = "", cgroup = "", upstreamDir = "", seconds = ""] = process.argv.slice(2);
const combination = JSON.parse(json) as Combination;
let steps: StepResult[] = [];
let error: string | undefined;
try {
  const started = performance.now();
  await using cluster = await startCluster(combination, { directory, cgroup, upstreamDir });
  console.log(`  started in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const { kubectl } = cluster;
  steps = await runScenario(
    { kubectl, ensureAlive: () => cluster.ensureAlive(), withinMs: Number(seconds) * 1000, everyMs: 100 },
    ({ step, ms, error: why }) => console.log(`  ${step}: ${why ?? `${(ms / 1000).toFixed(1)} s`}`),
  );
} catch (failure) {
  error = failure instanceof Error ? failure.message : String(failure);
  console.log(`  ${error}`);
}
const result: CombinationResult = { combination, steps, ...(error === undefined ? {} : { error }) };
await writeFile(join(directory, "result.json"), JSON.stringify(result, undefined, 2));
