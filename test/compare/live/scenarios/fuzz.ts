/** Recorded objects with one or two members changed, drawn by a seed: creations that are only tried. */
import { type Mutation, mutated, mutationsOf } from "../../changes.ts";
import { createBases } from "../../recorded.ts";
import { drawer } from "../draw.ts";
import type { Scenario, Step } from "../scenario.ts";
import { goldNamespace } from "./gold-namespace.ts";

/** `count` creations of each recorded object; every third with two changes. */
export function fuzzScenarios(seed: number, count: number): Scenario[] {
  const scenarios = [...createBases()].map(([name, { url, object }]): Scenario => {
    const draw = drawer(seed + name.length);
    const all = [...mutationsOf(object)];
    const one = () => all[draw(all.length)] as Mutation;
    const steps = Array.from({ length: Math.min(count, all.length) }, (_, i): Step => {
      const changes = i % 3 === 0 ? [one(), one()] : [one()];
      const collection = url.split("?", 1)[0] ?? "";
      return {
        method: "POST",
        path: `${collection}?dryRun=All&fieldValidation=Strict`,
        headers: { "content-type": "application/json" },
        body: JSON.stringify(changes.reduce<unknown>(mutated, object)),
        note: JSON.stringify(changes).slice(0, 300),
      };
    });
    return { name: `fuzz: ${name}`, steps };
  });
  return [goldNamespace("fuzz: their namespace"), ...scenarios];
}
