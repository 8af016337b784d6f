/** The recorded scenarios, run on a cluster of ours and compared object by object. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Kubectl } from "./kubectl.ts";
import { type Comparison, compareFacts } from "./lifecycle-diff.ts";
import { factsOf, type WatchRecord } from "./lifecycle-facts.ts";
import { Watcher } from "./watcher.ts";

interface Scenario {
  readonly scenario: string;
  readonly objects: readonly object[];
  /** `t`: seconds after the begin. */
  readonly actions: readonly { readonly t: number; readonly command: string }[];
  readonly events: readonly (WatchRecord & { readonly t: number })[];
}

export interface ScenarioResult extends Comparison {
  readonly name: string;
}

const directory = new URL("../../data/lifecycles/", import.meta.url);
/** Scenarios side by side; more would wait for each other's containers. */
const parallel = 3;
/** What comes this much later than upstream's last record is still waited for. */
const slackMs = 2500;

export async function runLifecycles(
  kubectl: Kubectl,
  options: { readonly only?: string; readonly progress: (line: string) => void },
): Promise<ScenarioResult[]> {
  const scenarios = readdirSync(directory)
    .map((file) => JSON.parse(readFileSync(new URL(file, directory), "utf8")) as Scenario)
    .filter(({ scenario }) => options.only === undefined || scenario.includes(options.only));
  if (scenarios.length === 0) throw new Error("no scenario was found");
  await using watcher = await Watcher.start((args) => kubectl.spawn(args));
  const results: ScenarioResult[] = [];
  const waiting = scenarios.toSorted((a, b) => spanOf(b) - spanOf(a));
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const result = await runScenario(kubectl, watcher, next);
      const { name, checked, differences } = result;
      options.progress(`${name}: ${checked - differences.length} of ${checked}`);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return results.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

const spanOf = ({ events }: Scenario): number => events.at(-1)?.t ?? 0;

async function runScenario(kubectl: Kubectl, watcher: Watcher, recorded: Scenario): Promise<ScenarioResult> {
  const namespace = `lc-${recorded.scenario}`;
  const begin = performance.now();
  const at = (seconds: number) => sleep(Math.max(0, begin + seconds * 1000 - performance.now()));
  await kubectl.run(["create", "namespace", namespace]);
  for (const object of recorded.objects) {
    await kubectl.run(["apply", "-f", "-", "-n", namespace], JSON.stringify(object));
  }
  for (const { t, command } of recorded.actions) {
    await at(t);
    await kubectl.run([...command.split(" "), "-n", namespace]);
  }
  await at(spanOf(recorded));
  await sleep(slackMs);
  const got = factsOf(watcher.recordsOf(namespace));
  await kubectl.run(["delete", "namespace", namespace, "--wait=false", "--ignore-not-found"]);
  return { name: recorded.scenario, ...compareFacts(factsOf(recorded.events), got) };
}
