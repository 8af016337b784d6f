/**
 * Our write path against what was recorded from upstream: creations, updates, ownership of fields.
 *
 *     node test/compare/main.ts [--no-write]
 *
 * Prints one table, keeps every difference under `out/compare/`, fails when less passes than `floors.json` says. Puts
 * the table into docs/scoreboard.md and raises the floors.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { dated, writeSection } from "#test/support/scoreboard.ts";
import { memoryServer } from "./memory-server.ts";
import { createBases } from "./recorded.ts";
import { type Outcome, replay } from "./validation.ts";

interface Result {
  readonly part: string;
  readonly passed: number;
  readonly total: number;
}

const floorsFile = new URL("floors.json", import.meta.url);
const outDir = new URL("../../out/compare/", import.meta.url);

async function validation(update: boolean): Promise<{ results: Result[]; outcomes: Outcome[] }> {
  const outcomes = await replay({ update });
  if (outcomes.length === 0) throw new Error("no recorded case was found");
  const verb = update ? "update" : "create";
  const count = (test: (outcome: Outcome) => boolean): number => outcomes.filter(test).length;
  const total = outcomes.length;
  const results = [
    { part: `${verb}: status code`, passed: count((one) => one.sameCode), total },
    {
      part: `${verb}: status code, fields and reasons of causes`,
      passed: count(({ sameFields }) => sameFields),
      total,
    },
    { part: `${verb}: every word`, passed: count(({ same }) => same), total },
  ];
  return { results, outcomes };
}

const untimed = (entries: readonly object[] | undefined): string =>
  JSON.stringify(
    (entries ?? []).map((entry) =>
      Object.entries(entry)
        .filter(([name]) => name !== "time")
        .sort(),
    ),
  );

async function ownership(): Promise<Result> {
  const server = memoryServer();
  let passed = 0;
  let total = 0;
  for (const { url, object, managedFields } of createBases().values()) {
    total += 1;
    const { metadata } = await server.create(server.targetOf(url), object);
    if (untimed(metadata.managedFields) === untimed(managedFields)) passed += 1;
  }
  return { part: "managedFields of created objects", passed, total };
}

async function keepDetails(name: string, outcomes: readonly Outcome[]): Promise<void> {
  const lines = outcomes
    .filter(({ same }) => !same)
    .map(({ one, answer }) =>
      JSON.stringify({ id: one.id, base: one.base, op: one.op, path: one.path, want: one.want, answer }),
    );
  await mkdir(outDir, { recursive: true });
  await writeFile(new URL(`${name}.jsonl`, outDir), `${lines.join("\n")}\n`);
}

function tableOf(results: readonly Result[]): string {
  const rows = results.map(
    ({ part, passed, total }) => `| ${part} | ${passed} | ${total} | ${((100 * passed) / total).toFixed(1)} % |`,
  );
  return ["| recorded from upstream | as upstream | of | |", "|---|---|---|---|", ...rows].join("\n");
}

const { values } = parseArgs({ options: { write: { type: "boolean", default: true } }, allowNegative: true });
const created = await validation(false);
const updated = await validation(true);
const results = [...created.results, ...updated.results, await ownership()];
await keepDetails("create", created.outcomes);
await keepDetails("update", updated.outcomes);
const table = tableOf(results);
console.log(table);
const floors = JSON.parse(await readFile(floorsFile, "utf8")) as Record<string, number>;
const worse = results.filter(({ part, passed }) => passed < (floors[part] ?? 0));
for (const { part, passed } of worse) console.error(`${part}: ${passed}, and it was ${floors[part]} before`);
process.exitCode = worse.length === 0 ? 0 : 1;
if (values.write) {
  const text = `${await dated()}; \`make compare\`.`;
  await writeSection("compare", "Answers beside upstream's", `${text}\n\n${table}`);
  const raised = Object.fromEntries(results.map(({ part, passed }) => [part, Math.max(passed, floors[part] ?? 0)]));
  await writeFile(floorsFile, `${JSON.stringify(raised, undefined, 2)}\n`);
}
