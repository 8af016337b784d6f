/** Requests drawn by a seed: creations, updates and updates of the status of the recorded objects, changed or grown. */
import { type Mutation, mutated, mutationsOf } from "../../../changes.ts";
import { createBases, type RecordedBase } from "../../../recorded.ts";
import { drawer } from "../../draw.ts";
import type { Scenario, Seen, Step } from "../../scenario.ts";
import { post, send } from "../../steps.ts";
import { goldNamespace } from "../gold-namespace.ts";
import { grown } from "./grow.ts";
import { typeOf } from "./schema.ts";
import { type Draw, draw } from "./values.ts";

type Json = Record<string, unknown>;

const collectionOf = ({ url }: RecordedBase): string => url.split("?", 1)[0] ?? "";
const trying = "dryRun=All&fieldValidation=Strict";

/** One or two of its members are others, or gone. */
function changed(object: Json, by: Draw): { readonly object: Json; readonly note: string } {
  const all = [...mutationsOf(object)];
  const changes = Array.from({ length: 1 + (by(3) === 0 ? 1 : 0) }, () => draw<Mutation>(all, by));
  return { object: changes.reduce<unknown>(mutated, object) as Json, note: JSON.stringify(changes).slice(0, 300) };
}

const create = (base: RecordedBase, body: Json, note: string): Step => ({
  ...post(`${collectionOf(base)}?${trying}`, body),
  note,
});

const nameOf = ({ object }: RecordedBase): string => String((object["metadata"] as Json)["name"]);
const pathOf = (base: RecordedBase): string => `${collectionOf(base)}/${nameOf(base)}`;

/** Of what was created before: controllers of the server may have changed it since. */
const update = (base: RecordedBase, subresource: string, body: Json, note: string): Scenario["steps"] => [
  { method: "GET", path: pathOf(base), as: "base", note: "before it is changed" },
  ({ versions }: Seen): Step => {
    const metadata = { ...(body["metadata"] as Json | undefined), resourceVersion: versions.get("base") };
    return { ...send("PUT", `${pathOf(base)}${subresource}?${trying}`, { ...body, metadata }), note };
  },
];

/** Once they exist, they have a say in everything else that is asked. */
const intervenes = /WebhookConfiguration|AdmissionPolicy|APIService/;

const updating = (base: RecordedBase, steps: Scenario["steps"]): Scenario["steps"] => [
  post(collectionOf(base), base.object),
  ...steps,
  { method: "DELETE", path: `${pathOf(base)}?gracePeriodSeconds=0`, note: "at the end" },
];

type Make = (by: Draw) => Scenario["steps"];

function creations(base: RecordedBase): Record<string, Make> {
  return {
    changed: (by) => {
      const { object, note } = changed(base.object, by);
      return [create(base, object, note)];
    },
    grown: (by) => {
      const body = grown(base.object, by);
      return [create(base, body, JSON.stringify(body))];
    },
  };
}

/** Every second one of the status, where there is one. */
function updated(base: RecordedBase): Make {
  const { object } = base;
  const hasStatus = typeOf(object).properties?.["status"] !== undefined;
  return (by) => {
    if (hasStatus && by(2) === 0) {
      const body = grown(object, by, "status");
      return update(base, "/status", body, JSON.stringify(body["status"]));
    }
    const body = by(2) === 0 ? grown(object, by) : changed(object, by).object;
    return update(base, "", body, JSON.stringify(body));
  };
}

/** `count` requests of each kind for each recorded object. */
export function fuzzScenarios(seed: number, count: number): Scenario[] {
  const scenarios = [...createBases().values()].flatMap((base): Scenario[] => {
    const by = drawer(seed + base.name.length);
    const drawn = (make: Make) => Array.from({ length: count }, () => make(by)).flat();
    const created = Object.entries(creations(base)).map(([kind, make]) => ({
      name: `fuzz ${kind}: ${base.name}`,
      steps: drawn(make),
    }));
    if (intervenes.test(base.name)) return created;
    return [...created, { name: `fuzz updated: ${base.name}`, steps: updating(base, drawn(updated(base))) }];
  });
  return [goldNamespace("fuzz: their namespace"), ...scenarios];
}
