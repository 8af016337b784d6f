/** Every pod in namespaces of every level and version: each is asked about and none is kept. */
import type { Scenario, Step } from "../../scenario.ts";
import { send } from "../../steps.ts";
import { namespaceWithAccount, podsPath } from "./asking.ts";
import { podRows } from "./pods.ts";

/** Releases in which a check began or changed, one before all, and one that nobody knows yet. */
const minors: Readonly<Record<string, readonly number[]>> = {
  baseline: [0, 19, 27, 29, 31, 32, 34, 35],
  restricted: [0, 8, 19, 21, 22, 23, 24, 25, 27, 31, 34, 35, 99],
};

const asked = (namespace: string): Step[] =>
  podRows.map(({ name, spec, annotations = {} }) => ({
    ...send("POST", `${podsPath(namespace)}?dryRun=All`, { metadata: { name: "p", annotations }, spec }),
    note: name,
  }));

const enforcing = (level: string, version: string): Scenario => {
  const namespace = `secure-${level}-${version.replaceAll(".", "-")}`;
  const labels = { enforce: level, "enforce-version": version };
  return {
    name: `pod security: ${level} ${version}`,
    steps: [...namespaceWithAccount(namespace, labels), ...asked(namespace)],
  };
};

/** Nothing is enforced: the same is told as a warning. */
const warning: Scenario = {
  name: "pod security: warnings",
  steps: [...namespaceWithAccount("secure-warn", { warn: "restricted", audit: "baseline" }), ...asked("secure-warn")],
};

/** What one level refuses has no warning of another. */
const both: Scenario = {
  name: "pod security: baseline enforced, restricted warned of",
  steps: [
    ...namespaceWithAccount("secure-both", { enforce: "baseline", warn: "restricted", "warn-version": "v1.24" }),
    ...asked("secure-both"),
  ],
};

export const levelScenarios: readonly Scenario[] = [
  ...Object.entries(minors).flatMap(([level, all]) => [
    ...all.map((minor) => enforcing(level, `v1.${minor}`)),
    enforcing(level, "latest"),
  ]),
  warning,
  both,
];
