/**
 * The API server at the size of large clusters, ours beside upstream's.
 *
 *     node test/bench/scale/main.ts [--only lists,watches,definitions] [--server ours] [--write]
 *
 * Fails on any refused request, lost event or missing answer; targets that are missed are marked, and are no failure.
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { type LivePair, type LiveServer, startPair } from "../../compare/live/servers.ts";
import { writeSection } from "../../compare/scoreboard.ts";
import { definitions } from "./definitions.ts";
import { lists } from "./lists.ts";
import { isMissed, type Row, tableOf } from "./row.ts";
import { watches } from "./watches.ts";

const run = promisify(execFile);

const { values } = parseArgs({
  options: {
    only: { type: "string", default: "lists,watches,definitions" },
    server: { type: "string", default: "ours,upstream" },
    entry: { type: "string", default: new URL("../../../dist/kube-apiserver.mjs", import.meta.url).pathname },
    pods: { type: "string", default: "100000" },
    watchers: { type: "string", default: "1000" },
    definitions: { type: "string", default: "1000" },
    write: { type: "boolean", default: false },
  },
});

const servers = (["ours", "upstream"] as const).filter((name) => values.server.split(",").includes(name));

/** Ours as it is released: bundled, and started as `kubets` starts it. */
const release = [process.execPath, "--max-semi-space-size=4", values.entry];

type Section = (pair: LivePair, names: readonly LiveServer["name"][]) => Promise<Row[]>;

const sections: Readonly<Record<string, Section>> = {
  lists: (pair, names) => lists(pair, names, { some: Number(values.pods) / 10, all: Number(values.pods) }),
  watches: (pair, names) => watches(pair, names, { watchers: Number(values.watchers), rate: 200, seconds: 30 }),
  definitions: (pair, names) =>
    definitions(pair, names, { definitions: Number(values.definitions), namespaces: Number(values.definitions) * 5 }),
};

/** Servers and stores of their own: what one leaves behind is not the next one's to carry. */
async function measure(name: string): Promise<Row[]> {
  const section = sections[name];
  if (!section) throw new Error(`--only ${name}: there are ${Object.keys(sections).join(", ")}`);
  await using pair = await startPair([], release);
  return await section(pair, servers);
}

for (const name of values.only.split(",")) {
  const rows = await measure(name);
  const table = tableOf(rows);
  console.log(table);
  for (const { what } of rows.filter(isMissed)) console.error(`missed: ${what}`);
  if (!values.write) continue;
  const { stdout: commit } = await run("git", ["rev-parse", "--short", "HEAD"]);
  const when = new Date().toISOString().slice(0, 10);
  const text = `${when}, commit ${commit.trim()}; \`make bench-scale\`. Memory is resident; before each load both collected all garbage.`;
  await writeSection(`bench-scale-${name}`, `At scale, beside upstream: ${name}`, `${text}\n\n${table}`);
}
