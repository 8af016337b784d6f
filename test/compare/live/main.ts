/**
 * Asks upstream's API server and ours the same, and shows where the answers differ.
 *
 *     node test/compare/live/main.ts [--only apply] [--show 20]
 */
import { parseArgs } from "node:util";
import { runScenario, type Scenario, type StepResult } from "./scenario.ts";
import { applyScenarios } from "./scenarios/apply.ts";
import { customScenarios } from "./scenarios/customs.ts";
import { documentScenarios } from "./scenarios/documents.ts";
import { everyKindScenarios } from "./scenarios/every-kind.ts";
import { listScenarios } from "./scenarios/lists.ts";
import { ownershipScenarios } from "./scenarios/ownership.ts";
import { recordedApplies } from "./scenarios/recorded-applies.ts";
import { refusalScenarios } from "./scenarios/refusals.ts";
import { watchScenarios } from "./scenarios/watches.ts";
import { startPair } from "./servers.ts";

const scenarios: readonly Scenario[] = [
  ...applyScenarios,
  ...ownershipScenarios,
  ...recordedApplies,
  ...customScenarios,
  ...listScenarios,
  ...watchScenarios,
  ...everyKindScenarios,
  ...documentScenarios,
  ...refusalScenarios,
];

function printDifference({ scenario, step, upstream, ours }: StepResult): void {
  console.log(`\n✖ ${scenario}: ${step}`);
  const a = upstream.split("\n");
  const b = ours.split("\n");
  const onlyA = a.filter((line) => !b.includes(line));
  const onlyB = b.filter((line) => !a.includes(line));
  for (const line of onlyA.slice(0, 12)) console.log(`    - ${line.slice(0, 300)}`);
  for (const line of onlyB.slice(0, 12)) console.log(`    + ${line.slice(0, 300)}`);
  if (onlyA.length > 0 || onlyB.length > 0) return;
  const at = a.findIndex((line, i) => line !== b[i]);
  console.log(`    (the same lines, but another order from line ${at + 1} on)`);
  for (const line of a.slice(at, at + 6)) console.log(`    - ${line.slice(0, 300)}`);
  for (const line of b.slice(at, at + 6)) console.log(`    + ${line.slice(0, 300)}`);
}

const { values } = parseArgs({ options: { only: { type: "string" }, show: { type: "string", default: "20" } } });
const chosen = scenarios.filter(({ name }) => values.only === undefined || name.includes(values.only));
if (chosen.length === 0) throw new Error(`no scenario is called ${values.only}`);
await using pair = await startPair();
const results: StepResult[] = [];
for (const scenario of chosen) results.push(...(await runScenario(pair, scenario)));
const different = results.filter(({ same }) => !same);
for (const one of different.slice(0, Number(values.show))) printDifference(one);
console.log(
  `\n${results.length - different.length}/${results.length} answers as upstream's, ${chosen.length} scenarios`,
);
process.exitCode = different.length === 0 ? 0 : 1;
