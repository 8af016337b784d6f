/** Holds a pod against a level of the Pod Security Standards. Pure. */
import type { Check, Examine, PodShape, Revision, Violation } from "./check.ts";
import { baselineChecks, restrictedChecks } from "./checks/index.ts";
import { type LevelVersion, minorOf } from "./levels.ts";

/** The newest revision of any check: from there on nothing differs. */
const minorMax = Math.max(
  ...[...baselineChecks, ...restrictedChecks].flatMap(({ revisions }) => revisions.map((r) => r.since)),
);

type InForce = Revision & Pick<Check, "name">;

function revisionsAt(checks: readonly Check[], minor: number): InForce[] {
  return checks.flatMap(({ name, revisions }) => {
    const revision = revisions.findLast(({ since }) => since <= minor);
    return revision ? [{ name, ...revision }] : [];
  });
}

function examinersAt(level: "baseline" | "restricted", minor: number): readonly Examine[] {
  const baseline = revisionsAt(baselineChecks, minor);
  if (level === "baseline") return baseline.map(({ examine }) => examine);
  const restricted = revisionsAt(restrictedChecks, minor);
  const replaced = new Set(restricted.map(({ replaces }) => replaces));
  return [...baseline.filter(({ name }) => !replaced.has(name)), ...restricted].map(({ examine }) => examine);
}

const byMinor = (level: "baseline" | "restricted"): readonly (readonly Examine[])[] =>
  Array.from({ length: minorMax + 1 }, (_, minor) => examinersAt(level, minor));

const examiners = { baseline: byMinor("baseline"), restricted: byMinor("restricted") };

/** Everything that is wrong, in the order in which it is told. */
export function evaluate({ level, version }: LevelVersion, pod: PodShape): Violation[] {
  if (level === "privileged") return [];
  const inForce = examiners[level][Math.min(minorOf(version), minorMax)] ?? [];
  const found: Violation[] = [];
  for (const examine of inForce) {
    const violation = examine(pod);
    if (violation) found.push(violation);
  }
  return found;
}

export const printReasons = (violations: readonly Violation[]): string =>
  violations.map(({ reason }) => reason).join(", ");

export const printDetails = (violations: readonly Violation[]): string =>
  violations.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
