/** The difference between two rule sets as one nft transaction. Pure. */
import { baseRules, emptyRuleSet, mapNames, type RuleSet, table } from "./rules.ts";

/** Everything anew, whatever was there. */
export function fullTransaction(next: RuleSet): string {
  const lines = [`add table ${table}`, `delete table ${table}`, `add table ${table}`, ...baseRules()];
  return `${[...lines, ...difference(emptyRuleSet(), next)].join("\n")}\n`;
}

/** Only what changed; empty when nothing did. */
export function incrementalTransaction(old: RuleSet, next: RuleSet): string {
  const lines = difference(old, next);
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

/** In an order in which nothing refers to what is not there: declare, fill, point, then remove. */
function difference(old: RuleSet, next: RuleSet): string[] {
  const added: string[] = [];
  const filled: string[] = [];
  const removed: string[] = [];
  for (const [name, seconds] of next.affinitySets) {
    if (old.affinitySets.get(name) === seconds) continue;
    if (old.affinitySets.has(name)) continue;
    added.push(`add set ${table} ${name} { type ipv4_addr ; flags dynamic,timeout ; timeout ${seconds}s ; }`);
  }
  for (const [name, rules] of next.chains) {
    const before = old.chains.get(name);
    if (before && sameRules(before, rules)) continue;
    added.push(`add chain ${table} ${name}`);
    if (before) filled.push(`flush chain ${table} ${name}`);
    filled.push(...rules.map((rule) => `add rule ${table} ${name} ${rule}`));
  }
  const pointed = mapNames.flatMap((map) => elementChanges(map, old.elements[map], next.elements[map]));
  const gone = [...old.chains.keys()].filter((name) => !next.chains.has(name));
  // Chains may refer to each other: all are emptied before any goes.
  removed.push(
    ...gone.map((name) => `flush chain ${table} ${name}`),
    ...gone.map((name) => `delete chain ${table} ${name}`),
  );
  for (const name of old.affinitySets.keys()) {
    if (!next.affinitySets.has(name)) removed.push(`delete set ${table} ${name}`);
  }
  return [...added, ...filled, ...pointed, ...removed];
}

const sameRules = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((rule, at) => rule === b[at]);

function elementChanges(map: string, old: ReadonlyMap<string, string>, next: ReadonlyMap<string, string>): string[] {
  const removed = [...old].filter(([key, verdict]) => next.get(key) !== verdict);
  const added = [...next].filter(([key, verdict]) => old.get(key) !== verdict);
  const list = (entries: readonly (readonly [string, string])[]) =>
    entries.map(([key, verdict]) => `${key} : ${verdict}`).join(", ");
  return [
    ...(removed.length > 0 ? [`delete element ${table} ${map} { ${list(removed)} }`] : []),
    ...(added.length > 0 ? [`add element ${table} ${map} { ${list(added)} }`] : []),
  ];
}
