/**
 * The API server at the size of large clusters, ours beside upstream's.
 *
 *     node test/bench/scale/main.ts [--only lists,tables,watches,definitions] [--server ours] [--no-write]
 *
 * Fails when a program is missing, anything was refused, lost or not measured, or the time is over; targets that are missed
 * are marked, and are no failure. Figures go to out/bench-scale/. A whole run puts its table into docs/scoreboard.md;
 * `--write` a part, too.
 */
import { parseArgs } from "node:util";
import { untilSignal } from "#pkg/component/signals.ts";
import { currentCommit, readSection, today, writeSection } from "#test/support/scoreboard.ts";
import { withGroups } from "../groups.ts";
import { releasedEntry } from "../released.ts";
import { definitions } from "./definitions.ts";
import { keepDetails, readDetails } from "./details.ts";
import { lists } from "./lists.ts";
import type { Figures } from "./measured.ts";
import { type Group, isMissed, rowsOf, tableOf } from "./row.ts";
import type { Section, Sizes } from "./section.ts";
import { tables } from "./tables.ts";
import { ensurePrograms, onTarget, type ServerName } from "./target.ts";
import { watches } from "./watches.ts";

const sections: readonly Section[] = [lists, tables, watches, definitions];
const serverNames: readonly ServerName[] = ["ours", "upstream"];

const { values } = parseArgs({
  options: {
    only: { type: "string", default: sections.map(({ name }) => name).join() },
    server: { type: "string", default: serverNames.join() },
    entry: { type: "string", default: releasedEntry },
    pods: { type: "string", default: "100000" },
    watchers: { type: "string", default: "1000" },
    definitions: { type: "string", default: "1000" },
    write: { type: "boolean" },
  },
  allowNegative: true,
});

/** Those that are listed. Throws for a name that is none. */
function chosen<T>(flag: string, list: string, all: readonly T[], nameOf: (one: T) => string): readonly T[] {
  const names = list.split(",");
  const unknown = names.filter((name) => !all.some((one) => nameOf(one) === name));
  if (unknown.length > 0) throw new Error(`--${flag} ${unknown}: there are ${all.map(nameOf).join(", ")}`);
  return all.filter((one) => names.includes(nameOf(one)));
}

function sizesFrom(flags: Readonly<Record<keyof Sizes, string>>): Sizes {
  const size = (name: keyof Sizes): number => {
    const value = Number(flags[name]);
    if (!Number.isInteger(value) || value < 100) throw new Error(`--${name} ${flags[name]}: at least 100`);
    return value;
  };
  return { pods: size("pods"), watchers: size("watchers"), definitions: size("definitions") };
}

const only = chosen("only", values.only, sections, ({ name }) => name);
const servers = chosen("server", values.server, serverNames, (name) => name);
const sizes = sizesFrom(values);
ensurePrograms(servers, values.entry);
const stopped = untilSignal("SIGINT", "SIGTERM");

async function measure(section: Section): Promise<void> {
  const before = await readDetails(section.name);
  // A server that is not asked this time keeps what it had, as long as it was asked the same.
  const isSame = before !== undefined && JSON.stringify(before.sizes) === JSON.stringify(sizes);
  const found: { [name in ServerName]?: Figures | undefined } = isSame ? { ...before.found } : {};
  for (const name of servers) {
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(section.msMax)]);
    found[name] = await onTarget(name, { entry: values.entry, signal }, (target) => section.measure(target, sizes));
    console.error(`${section.name}, ${name}: ${JSON.stringify(found[name])}`);
  }
  const { ours, upstream } = found;
  if (!ours) return;
  await keepDetails(section.name, { when: today(), commit: await currentCommit(), sizes, found: { ours, upstream } });
}

async function groups(): Promise<Group[]> {
  const all = await Promise.all(
    sections.map(async (section) => ({ section, details: await readDetails(section.name) })),
  );
  return all.flatMap(({ section, details }) => {
    if (!details) return [];
    const { when, commit } = details;
    const rows = rowsOf(section.rows(details.sizes), details.found);
    return [{ title: section.title, about: `${when}, commit ${commit}`, rows }];
  });
}

for (const section of only) await measure(section);
const found = await groups();
const table = tableOf(found);
console.log(table);
for (const { what } of found.flatMap(({ rows }) => rows).filter(isMissed)) console.error(`missed: ${what}`);
if (values.write ?? (only.length === sections.length && servers.length === serverNames.length)) {
  const text = "`make bench-scale`. Memory is resident; before each load the server collected all garbage.";
  const whole = withGroups((await readSection("bench-scale")) ?? "", table);
  await writeSection("bench-scale", "API server at scale, beside upstream", `${text}\n\n${whole}`);
}
