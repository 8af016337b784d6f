/**
 * Ours and upstream's under the same load on this machine, one after the other, several times.
 *
 *     node test/bench/main.ts [--only apiserver,control-plane,scheduler] [--pods 10000] [--rounds 3] [--no-write]
 *
 * Prints medians and ratios, puts them into docs/scoreboard.md and every round's figures into out/bench/. Fails when a
 * program is missing, a process died, or not everything that was asked for happened; then nothing is written.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { dated, readSection, writeSection } from "#test/support/scoreboard.ts";
import { apiserver } from "./apiserver-part.ts";
import { controlPlane } from "./control-plane-part.ts";
import { withGroups } from "./groups.ts";
import type { Found, Part } from "./part.ts";
import { scheduler } from "./scheduler-part.ts";
import { ensurePrograms } from "./side.ts";
import { stopSignal } from "./stop-signal.ts";
import { tableOf } from "./table.ts";

const parts: readonly Part[] = [apiserver, controlPlane, scheduler];
const section = "bench";
const outDir = new URL("../../out/bench/", import.meta.url);

/** Throws for a name that is none. */
function partsOf(only: string): readonly Part[] {
  const names = only.split(",");
  const unknown = names.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) throw new Error(`unknown: ${unknown}; there are ${parts.map(({ name }) => name).join()}`);
  return parts.filter(({ name }) => names.includes(name));
}

/** Throws unless it is a whole number from 1. */
function countOf(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${name}: a whole number from 1, not ${text}`);
  return count;
}

const { values } = parseArgs({
  options: {
    only: { type: "string", default: parts.map(({ name }) => name).join() },
    pods: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    write: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const chosen = partsOf(values.only);
const rounds = countOf("rounds", values.rounds);
ensurePrograms([...new Set(chosen.flatMap(({ programs }) => programs))]);
const options = { pods: countOf("pods", values.pods), rounds, signal: stopSignal() };
const when = `${await dated()}, median of ${rounds}`;
await mkdir(outDir, { recursive: true });
// Each at once: what was measured stays when a later part fails.
for (const part of chosen) await report(await part.measure(options));

async function report(found: readonly Found[]): Promise<void> {
  const groups = found.map(({ title, about, rows }) => ({ title, about: `${when}; ${about}`, rows }));
  const table = tableOf(groups);
  console.log(table);
  for (const { title, about, rounds: details } of found) {
    const name = `${title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}.json`;
    await writeFile(new URL(name, outDir), JSON.stringify({ title, when, about, rounds: details }, undefined, 1));
  }
  if (!values.write) return;
  const whole = withGroups((await readSection(section)) ?? "", table);
  await writeSection(section, "Under load, beside upstream: `make bench`", whole);
}
