/**
 * Asks upstream's API server and ours the same, and shows where the answers differ.
 *
 *     node test/compare/live/main.ts [--only apply,lists] [--fuzz 100 [--seed 7]] [--show 20] [--answers file.json] [--no-write]
 *
 * Fails when an answer differs without a reason in justified.ts. A whole run puts its table into docs/scoreboard.md and the
 * reasons into docs/differences.md; `--write` a part, too.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { dated, writeSection } from "#test/support/scoreboard.ts";
import { describedTable, describePair } from "./described-pair.ts";
import { differencesText, whyDifferent } from "./justified.ts";
import { runScenario, type Scenario, type StepResult } from "./scenario.ts";
import { applyScenarios } from "./scenarios/apply.ts";
import { classScenarios } from "./scenarios/classes.ts";
import { customScenarios } from "./scenarios/customs.ts";
import { documentScenarios } from "./scenarios/documents.ts";
import { everyKindScenarios } from "./scenarios/every-kind.ts";
import { fuzzScenarios } from "./scenarios/fuzz/index.ts";
import { identityScenarios } from "./scenarios/identities.ts";
import { listScenarios } from "./scenarios/lists.ts";
import { negotiationScenarios } from "./scenarios/negotiation.ts";
import { openApiScenarios } from "./scenarios/openapi.ts";
import { ownershipScenarios } from "./scenarios/ownership.ts";
import { podSecurityFlags, podSecurityScenarios } from "./scenarios/pod-security/index.ts";
import { protobufRefusals } from "./scenarios/protobuf/broken.ts";
import { protobufKinds } from "./scenarios/protobuf/every-kind.ts";
import { protobufSubresources } from "./scenarios/protobuf/subresources.ts";
import { protobufWatches } from "./scenarios/protobuf/watches.ts";
import { recordedApplies } from "./scenarios/recorded-applies.ts";
import { refusalScenarios } from "./scenarios/refusals.ts";
import { serviceScenarios } from "./scenarios/services.ts";
import { methodScenarios } from "./scenarios/surface/methods.ts";
import { pageScenarios } from "./scenarios/surface/pages.ts";
import { peopleScenarios } from "./scenarios/surface/people.ts";
import { queryScenarios } from "./scenarios/surface/queries.ts";
import { topologyScenarios } from "./scenarios/topology.ts";
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
  ...openApiScenarios,
  ...refusalScenarios,
  ...identityScenarios,
  ...serviceScenarios,
  ...topologyScenarios,
  ...classScenarios,
  ...protobufKinds,
  ...protobufSubresources,
  ...protobufWatches,
  ...protobufRefusals,
  ...negotiationScenarios,
  ...methodScenarios,
  ...queryScenarios,
  ...peopleScenarios,
  ...pageScenarios,
  ...podSecurityScenarios,
];

/** A row for each kind of scenario. */
function tableOf(all: readonly StepResult[]): string {
  const rows = [...Map.groupBy(all, ({ scenario }) => scenario.split(":")[0])].map(([kind, steps]) => {
    const same = steps.filter((one) => one.same).length;
    const explained = steps.filter((one) => !one.same && whyDifferent(one)).length;
    return `| ${kind} | ${steps.length} | ${same} | ${explained} | ${steps.length - same - explained} |`;
  });
  return [
    "| questions about | asked | the same | differ with a reason | differ |",
    "|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Of a line that differs, characters. */
const lineMax = 3000;

function printDifference({ scenario, step, upstream, ours }: StepResult): void {
  console.log(`\n✖ ${scenario}: ${step}`);
  const a = upstream.split("\n");
  const b = ours.split("\n");
  const onlyA = a.filter((line) => !b.includes(line));
  const onlyB = b.filter((line) => !a.includes(line));
  for (const line of onlyA.slice(0, 12)) console.log(`    - ${line.slice(0, lineMax)}`);
  for (const line of onlyB.slice(0, 12)) console.log(`    + ${line.slice(0, lineMax)}`);
  if (onlyA.length > 0 || onlyB.length > 0) return;
  const at = a.findIndex((line, i) => line !== b[i]);
  console.log(`    (the same lines, but another order from line ${at + 1} on)`);
  for (const line of a.slice(at, at + 6)) console.log(`    - ${line.slice(0, lineMax)}`);
  for (const line of b.slice(at, at + 6)) console.log(`    + ${line.slice(0, lineMax)}`);
}

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    /** So many changed creations of each recorded object instead of the scenarios. */
    fuzz: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    show: { type: "string", default: "20" },
    /** Where to keep both answers to every question. */
    answers: { type: "string" },
    write: { type: "boolean" },
  },
  allowNegative: true,
});
const all = values.fuzz === undefined ? scenarios : fuzzScenarios(Number(values.seed), Number(values.fuzz));
if (values.fuzz !== undefined) console.log(`seed ${values.seed}`);
const wanted = values.only?.split(",") ?? [""];
const chosen = all.filter(({ name }) => wanted.some((part) => name.includes(part)));
/** Descriptions are not among what scenarios compare: they are counted. */
const describes = values.fuzz === undefined && wanted.some((part) => "descriptions".includes(part));
if (chosen.length === 0 && !describes) throw new Error(`no scenario is called ${values.only}`);
await using pair = await startPair(podSecurityFlags);
const results: StepResult[] = [];
for (const scenario of chosen) results.push(...(await runScenario(pair, scenario)));
const different = results.filter((one) => !one.same && !whyDifferent(one));
for (const one of different.slice(0, Number(values.show))) printDifference(one);
if (values.answers !== undefined) await writeFile(values.answers, JSON.stringify(results, undefined, 1));
const described = describes ? await describePair(pair) : undefined;
const tooFew = described ? [...described.v2.tooFew(), ...described.v3.tooFew()] : [];
for (const place of tooFew) console.log(`✖ too few descriptions of ${place} are upstream's`);
const table = `${tableOf(results)}${described ? `\n\n${describedTable(described)}` : ""}`;
console.log(`\n${table}`);
if (values.write ?? (values.only === undefined && values.fuzz === undefined)) {
  const head = `${await dated()}; \`make compare LIVE=1\`. What differs with a reason: differences.md.`;
  await writeSection("compare-live", "Answers beside a running upstream's", `${head}\n\n${table}`);
  await writeFile(new URL("../../../docs/differences.md", import.meta.url), differencesText());
}
process.exitCode = different.length === 0 && tooFew.length === 0 ? 0 : 1;
