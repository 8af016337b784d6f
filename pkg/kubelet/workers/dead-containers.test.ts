import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerRecord, PodRecord, SandboxRecord } from "../runtime/state.ts";
import { planRemoval } from "./dead-containers.ts";

const run = (id: string, state: ContainerRecord["state"], sandboxId = "s2"): ContainerRecord =>
  ({ id, name: id.slice(0, 1), state, sandboxId }) as ContainerRecord;
const sandbox = (id: string, ready = false): SandboxRecord => ({ id, ready }) as SandboxRecord;

function goes(record: Pick<PodRecord, "containers" | "sandboxes">, everything = false): string {
  const { containers, sandboxes } = planRemoval(record as PodRecord, { everything });
  return [...containers, ...sandboxes].map(({ id }) => id).join(" ");
}

for (const { name, containers, sandboxes = [sandbox("s2", true)], everything, wants } of [
  {
    name: "one dead run of each stays",
    containers: [run("a3", "exited"), run("a2", "exited"), run("b1", "exited")],
    wants: "a2",
  },
  {
    name: "beside one that runs",
    containers: [run("a3", "running"), run("a2", "exited"), run("a1", "exited")],
    wants: "a1",
  },
  { name: "one that is only just made stays", containers: [run("a2", "created"), run("a1", "exited")], wants: "" },
  {
    name: "an old sandbox goes with its last container",
    containers: [run("a3", "running"), run("a2", "exited"), run("a1", "exited", "s1")],
    sandboxes: [sandbox("s2", true), sandbox("s1")],
    wants: "a1 s1",
  },
  {
    name: "and not before",
    containers: [run("a2", "running"), run("a1", "exited", "s1")],
    sandboxes: [sandbox("s2", true), sandbox("s1")],
    wants: "",
  },
  { name: "the newest sandbox stays", containers: [], sandboxes: [sandbox("s2"), sandbox("s1")], wants: "s1" },
  {
    name: "of an ended pod all goes",
    containers: [run("a1", "exited"), run("b1", "unknown")],
    sandboxes: [sandbox("s2")],
    everything: true,
    wants: "a1 b1 s2",
  },
]) {
  test(`dead containers: ${name}`, () => assert.equal(goes({ containers, sandboxes }, everything), wants));
}
