/** Measures a cluster of its own: start, idle memory and processor, one pod, rollouts. Prints rows for docs/scoreboard.md. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { TestCluster } from "#test/support/cluster.ts";

const components = [
  "supervisor",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kube-dns",
];
const settleMs = 15_000;
const idleMs = 20_000;
const ticksPerSecond = 100;

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function nodePids(cluster: TestCluster): Promise<number[]> {
  const found = await Promise.all(components.map((name) => cluster.pid(name).catch(() => 0)));
  return [...new Set(found)].filter((pid) => pid > 0);
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** User and system time of a process, in seconds. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function idle(cluster: TestCluster): Promise<{ megabytes: number; percent: number }> {
  await sleep(settleMs);
  const pids = await nodePids(cluster);
  const seconds = () => pids.reduce((sum, pid) => sum + processorSeconds(pid), 0);
  const before = seconds();
  await sleep(idleMs);
  const percent = ((seconds() - before) / (idleMs / 1000)) * 100;
  return { megabytes: pids.reduce((sum, pid) => sum + residentBytes(pid), 0) / 1024 / 1024, percent };
}

const image = "--image=kubets.dev/busybox";

async function onePod(cluster: TestCluster, name: string): Promise<number> {
  return timed(async () => {
    await cluster.kubectl(`run ${name} ${image} --restart=Never`, ["--", "true"]);
    await cluster.kubectl(`wait pod/${name} --for=jsonpath={.status.phase}=Succeeded --timeout=60s`);
  });
}

async function rollout(cluster: TestCluster, replicas: number): Promise<number> {
  const name = `web-${replicas}`;
  const took = await timed(async () => {
    await cluster.kubectl(`create deployment ${name} ${image} --replicas=${replicas}`, ["--", "sleep", "3600"]);
    await cluster.kubectl(`rollout status deployment/${name} --timeout=60s`, [], { timeoutMs: 70_000 });
  });
  await cluster.kubectl(`delete deployment ${name}`);
  return took;
}

await using cluster = await TestCluster.start();
await cluster.down();
const row = (what: string, value: string) => process.stdout.write(`| ${what} | ${value} |\n`);
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
row("`up` on a prepared machine to node Ready", seconds(await timed(() => cluster.up())));
const { megabytes, percent } = await idle(cluster);
row("idle memory of our processes", `${Math.round(megabytes)} MB`);
row("idle CPU, of one core", `${percent.toFixed(1)} %`);
await onePod(cluster, "warm");
row("`kubectl run … -- true` to Succeeded", seconds(await onePod(cluster, "one")));
row("rollout of 3 pods", seconds(await rollout(cluster, 3)));
row("rollout of 30 pods", seconds(await rollout(cluster, 30)));
