/** Pods created directly over many fake nodes: the scheduler alone. */
import { putLoad } from "./ctlbench.ts";
import { type Numbers, quantile, rowsOf } from "./figures.ts";
import { type Found, inRounds, type Part, type PartOptions } from "./part.ts";
import { type SideName, startSide } from "./side.ts";
import type { Report } from "./verdict.ts";

const nodes = 5000;
const groups = 50;
const replicas = 100;
const limitSeconds = 240;
const sides = ["upstream-scheduler", "ours"] as const satisfies readonly SideName[];

export function schedulerNumbers(report: Report, title: string): Numbers {
  const waits = report.pods.map(({ created_s, bound_s }) => (bound_s - created_s) * 1000);
  const scheduler = report.processes["scheduler"];
  if (!scheduler) throw new Error("the scheduler was not measured");
  const cpuMs = ((scheduler.bound.cpu_s - scheduler.idle.cpu_s) * 1000) / report.pods.length;
  return {
    [`${title}: pods bound per second`]: report.pods.length / report.all_bound_s,
    [`${title}: created to bound, p50, ms`]: quantile(waits, 0.5),
    [`${title}: created to bound, p99, ms`]: quantile(waits, 0.99),
    [`${title}: processor time of the scheduler, ms a pod`]: cpuMs,
    [`${title}: memory of the scheduler, MB`]: scheduler.bound.rss_mb,
  };
}

async function measureOne(name: SideName, signal: AbortSignal): Promise<Numbers> {
  let numbers: Numbers = {};
  for (const spread of [false, true]) {
    await using side = await startSide({ name, controllers: false, signal });
    const report = await putLoad(side, { nodes, groups, replicas, direct: true, spread, limitSeconds, signal });
    numbers = { ...numbers, ...schedulerNumbers(report, spread ? "spread and kept apart" : "plain") };
  }
  return numbers;
}

async function measure({ rounds, signal }: PartOptions): Promise<Found[]> {
  const found = await inRounds(sides, { rounds, signal, what: "scheduler" }, (name) => measureOne(name, signal));
  const pods = (groups * replicas).toLocaleString("en");
  const about =
    `${pods} pods in ${groups} groups, created as fast as our API server takes them, which serves either scheduler, without ` +
    "controllers; spread and kept apart: zones within 5 pods of each other (DoNotSchedule), and preferred anti-affinity to " +
    "pods of the group on one host";
  const title = `Scheduler on ${nodes.toLocaleString("en")} nodes`;
  return [{ title, about, rows: rowsOf({ ours: found.ours, upstream: found["upstream-scheduler"] }), rounds: found }];
}

export const scheduler: Part = { name: "scheduler", programs: ["kube-scheduler", "ctlbench"], measure };
