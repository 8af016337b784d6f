/** Every recorded object applied by one, in part by another, and in another part by the first again. What is left out is drawn by a seed. */
import { schema } from "#api/index.ts";
import { createBases } from "../../recorded.ts";
import { drawer } from "../draw.ts";
import type { Scenario, Step } from "../scenario.ts";
import { applyPatch, send } from "../steps.ts";
import { goldNamespace } from "./gold-namespace.ts";

type Json = Record<string, unknown>;

const seed = 7;
/** How many of a hundred members a part keeps. */
const keptPercent = 70;

/** Members that some type requires stay, so that most parts are accepted. */
const fixed: ReadonlySet<string> = new Set([
  ...["apiVersion", "kind", "metadata", "name", "namespace", "spec"],
  ...[...schema.types.values()].flatMap(({ fields }) => fields.filter((f) => f.required).map((f) => f.name)),
]);

/** The value without some members; items of lists stay, since most lists are one value. */
function partOf(value: unknown, draw: (n: number) => number): unknown {
  if (Array.isArray(value)) return value.map((item) => partOf(item, draw));
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => fixed.has(name) || draw(100) < keptPercent);
  return Object.fromEntries(kept.map(([name, member]) => [name, partOf(member, draw)]));
}

function applied(collection: string, object: unknown, { manager, force }: { manager: string; force: boolean }): Step {
  const { name } = (object as { metadata: { name: string } }).metadata;
  return send("PATCH", `${collection}/${name}?fieldManager=${manager}&force=${force}`, object, applyPatch);
}

function appliesOf(name: string, url: string, object: Json): Scenario {
  const draw = drawer(seed + name.length);
  const collection = url.split("?", 1)[0] ?? "";
  const parts = [0, 1, 2].map(() => partOf(object, draw));
  return {
    name: `applies of recorded objects: ${name}`,
    steps: [
      applied(collection, object, { manager: "one", force: false }),
      applied(collection, parts[0], { manager: "two", force: false }),
      applied(collection, parts[1], { manager: "one", force: false }),
      applied(collection, parts[2], { manager: "two", force: true }),
      applied(collection, object, { manager: "two", force: true }),
      // Quotas and limits would refuse what comes next.
      { method: "DELETE", path: `${collection}/${(object["metadata"] as { name: string }).name}?gracePeriodSeconds=0` },
    ],
  };
}

export const recordedApplies: readonly Scenario[] = [
  goldNamespace("applies of recorded objects: their namespace"),
  ...[...createBases()].map(([name, { url, object }]) => appliesOf(name, url, object)),
];
