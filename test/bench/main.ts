/**
 * Upstream's API server and ours under the same load on this machine, one after the other, several times.
 *
 *     node test/bench/main.ts [--pods 10000] [--rounds 3] [--write]
 *
 * Prints medians and ratios; `--write` puts them into docs/scoreboard.md.
 */
import { execFile } from "node:child_process";
import { parseArgs, promisify } from "node:util";
import { type LivePair, type LiveServer, oracleBinary, startPair } from "../compare/live/servers.ts";
import { writeSection } from "../compare/scoreboard.ts";

const run = promisify(execFile);
const outputBytesMax = 16 * 1024 * 1024;
const loadMsMax = 600_000;

/** Ours as it is released: bundled, and started as `kubets` starts it. */
const release = [
  process.execPath,
  "--max-semi-space-size=4",
  new URL("../../dist/kube-apiserver.mjs", import.meta.url).pathname,
];

type Numbers = Readonly<Record<string, number>>;

/** Leaves of the load generator's report, by path. */
function flatten(value: unknown, path = ""): [string, number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => flatten(member, path === "" ? name : `${path}.${name}`));
}

async function load({ url, pid }: LiveServer, { directory }: LivePair, pods: number): Promise<Numbers> {
  const file = (name: string) => `${directory}/${name}`;
  const flags = {
    server: url,
    ca: file("ca.crt"),
    cert: file("admin.crt"),
    key: file("admin.key"),
    pid,
    pods,
    workers: 32,
    watchers: 100,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const { stdout } = await run(oracleBinary("apibench"), args, { timeout: loadMsMax, maxBuffer: outputBytesMax });
  return Object.fromEntries(flatten(JSON.parse(stdout.slice(stdout.indexOf("{")))));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.floor(sorted.length / 2)];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

interface Row {
  readonly name: string;
  readonly upstream: number;
  readonly ours: number;
}

async function measure(pods: number, rounds: number): Promise<Row[]> {
  const found = { upstream: [] as Numbers[], ours: [] as Numbers[] };
  for (let round = 0; round < rounds; round += 1) {
    // Fresh servers and stores each round: what one round leaves behind is not the next one's to carry.
    await using pair = await startPair([], release);
    const order = round % 2 === 0 ? (["upstream", "ours"] as const) : (["ours", "upstream"] as const);
    for (const name of order) {
      console.error(`round ${round + 1} of ${rounds}: ${name}`);
      const numbers = await load(pair[name], pair, pods);
      found[name].push({ "ready after, ms": pair[name].readyMs, ...numbers });
    }
  }
  const names = Object.keys(found.upstream[0] ?? {}).filter((name) => Object.hasOwn(found.ours[0] ?? {}, name));
  return names.map((name) => ({
    name,
    upstream: median(found.upstream.map((numbers) => numbers[name] ?? Number.NaN)),
    ours: median(found.ours.map((numbers) => numbers[name] ?? Number.NaN)),
  }));
}

const show = (value: number): string =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString("en")
    : value.toLocaleString("en", { maximumSignificantDigits: 3 });

function tableOf(rows: readonly Row[]): string {
  const lines = rows.map(({ name, upstream, ours }) => {
    const ratio = upstream === 0 ? "" : (ours / upstream).toPrecision(2);
    return `| ${name} | ${show(ours)} | ${show(upstream)} | ${ratio} |`;
  });
  return ["| | ours | upstream | ours ÷ upstream |", "|---|---|---|---|", ...lines].join("\n");
}

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    write: { type: "boolean", default: false },
  },
});
const rows = await measure(Number(values.pods), Number(values.rounds));
const table = tableOf(rows);
console.log(table);
if (values.write) {
  const { stdout: commit } = await run("git", ["rev-parse", "--short", "HEAD"]);
  const when = new Date().toISOString().slice(0, 10);
  const text = `${when}, commit ${commit.trim()}; \`make bench\`: median of ${values.rounds} rounds, ${values.pods} pods.`;
  await writeSection("bench", "API server under load, beside upstream", `${text}\n\n${table}`);
}
