/**
 * One load on one side, for whoever looks for what it costs.
 *
 *     node test/bench/one.ts [--side ours] [--nodes 100] [--groups 20] [--replicas 100] [--direct] [--spread] [--profile DIR]
 *
 * Prints the figures. `--profile` has every process of ours write a processor profile there when it ends (ours must have
 * been built).
 */
import { mkdir } from "node:fs/promises";
import { parseArgs } from "node:util";

import { controlPlaneNumbers } from "./control-plane-part.ts";
import { putLoad } from "./ctlbench.ts";
import { schedulerNumbers } from "./scheduler-part.ts";
import { ensurePrograms, sideNames, startSide } from "./side.ts";
import { stopSignal } from "./stop-signal.ts";

const { values } = parseArgs({
  options: {
    side: { type: "string", default: "ours" },
    nodes: { type: "string", default: "100" },
    groups: { type: "string", default: "20" },
    replicas: { type: "string", default: "100" },
    seconds: { type: "string", default: "180" },
    direct: { type: "boolean", default: false },
    spread: { type: "boolean", default: false },
    profile: { type: "string" },
  },
});
const name = sideNames.find((side) => side === values.side);
if (!name) throw new Error(`unknown side ${values.side}; there are ${sideNames}`);
ensurePrograms(["ctlbench"]);
const { direct, spread, profile } = values;
if (profile !== undefined) await mkdir(profile, { recursive: true });
const signal = stopSignal();
const nodeFlags = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
await using side = await startSide({ name, controllers: !direct, nodeFlags, signal });
const report = await putLoad(side, {
  nodes: Number(values.nodes),
  groups: Number(values.groups),
  replicas: Number(values.replicas),
  limitSeconds: Number(values.seconds),
  direct,
  spread,
  signal,
});
console.table(direct ? schedulerNumbers(report, "direct") : controlPlaneNumbers(report));
