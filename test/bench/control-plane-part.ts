/** Deployments over fake nodes: how fast API server, controllers and scheduler together make, place and remove pods. */
import { putLoad } from "./ctlbench.ts";
import { type Numbers, pick, rowsOf } from "./figures.ts";
import { type Found, inRounds, type Part, type PartOptions } from "./part.ts";
import { type SideName, startSide } from "./side.ts";
import { usageOf } from "./usage.ts";
import type { Report } from "./verdict.ts";

const sizes = [100, 1000] as const;
const groups = 20;
const replicas = 100;
const limitSeconds = 180;
const sides: readonly SideName[] = ["upstream", "ours", "ours-separate"];

export function controlPlaneNumbers(report: Report): Numbers {
  const prefix = `${report.nodes.length.toLocaleString("en")} nodes: `;
  return {
    [`${prefix}pods created and bound per second`]: report.pods.length / report.all_bound_s,
    [`${prefix}last pod created after, s`]: Math.max(...report.pods.map(({ created_s }) => created_s)),
    [`${prefix}last pod bound after, s`]: report.all_bound_s,
    [`${prefix}pods running to Deployments available, s`]: report.all_available_s,
    [`${prefix}scaled to zero and gone after, s`]: report.all_gone_s,
    [`${prefix}requests of the user put off (429)`]: report.refused,
    ...usageOf(report, prefix),
  };
}

async function measureOne(name: SideName, signal: AbortSignal): Promise<Numbers> {
  let numbers: Numbers = {};
  for (const nodes of sizes) {
    // Fresh processes and store each time: what one load leaves behind is not the next one's to carry.
    await using side = await startSide({ name, controllers: true, signal });
    const load = { nodes, groups, replicas, direct: false, spread: false };
    numbers = { ...numbers, ...controlPlaneNumbers(await putLoad(side, { ...load, limitSeconds, signal })) };
  }
  return numbers;
}

async function measure({ rounds, signal }: PartOptions): Promise<Found[]> {
  const found = await inRounds(sides, { rounds, signal, what: "control plane" }, (name) => measureOne(name, signal));
  const { upstream, ours, "ours-separate": apart } = found;
  const load = `${groups} Deployments of ${replicas} pods over fake nodes, each side with an API server and an etcd of its own`;
  const own = pick(apart, (name) => /per second|: (controllers|scheduler)$/.test(name));
  return [
    {
      title: "Control plane under load",
      about: `${load}; ours as \`kubets up\` starts it, controllers and scheduler in one process`,
      rows: rowsOf({ ours, upstream }),
      rounds: { upstream, ours },
    },
    {
      title: "Control plane, a process each",
      about: "the same with `--layout separate`",
      rows: rowsOf({ ours: own, upstream }),
      rounds: { ours: apart },
    },
  ];
}

export const controlPlane: Part = {
  name: "control-plane",
  programs: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "ctlbench"],
  measure,
};
