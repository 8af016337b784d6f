/** The harness itself: it must not pass a wrong outcome, an empty one, or one that nobody measured. */
import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { putApiLoad } from "./apiserver-part.ts";
import { controlPlaneNumbers } from "./control-plane-part.ts";
import { putLoad } from "./ctlbench.ts";
import { median, quantile, rowsOf } from "./figures.ts";
import { withGroups } from "./groups.ts";
import { schedulerNumbers } from "./scheduler-part.ts";
import { ensurePrograms } from "./side.ts";
import { tableOf } from "./table.ts";
import { type Load, type PodRecord, type Report, wrongIn } from "./verdict.ts";

const load: Load = { nodes: 3, groups: 2, replicas: 9, direct: false, spread: true };
const roles = ["server", "scheduler"];
const usage = { rss_mb: 100, peak_mb: 120, cpu_s: 1 };
const samples = { idle: usage, bound: { ...usage, cpu_s: 2 }, end: { ...usage, cpu_s: 3 } };

function podOf(app: string, index: number): PodRecord {
  const times = { created_s: 0.1, bound_s: 0.2, gone_s: 2 };
  return { name: `${app}-${index}`, app, node: `n${index % 3}`, ...times, rebound: false };
}

function rightReport(): Report {
  const apps = ["a", "b"];
  return {
    nodes: [0, 1, 2].map((index) => ({ name: `n${index}`, zone: `z${index}`, pods: 6 })),
    pods: apps.flatMap((app) => Array.from({ length: load.replicas }, (_, index) => podOf(app, index))),
    all_bound_s: 0.5,
    all_available_s: 0.5,
    all_gone_s: 1,
    available: { a: 9, b: 9 },
    refused: 0,
    processes: { server: samples, scheduler: samples },
  };
}

/** The report with one pod changed. */
function lying(change: Partial<PodRecord>, count = 1): Report {
  const report = rightReport();
  return { ...report, pods: report.pods.map((pod, at) => (at < count ? { ...pod, ...change } : pod)) };
}

const lies: readonly { readonly name: string; readonly report: Report; readonly says: RegExp }[] = [
  {
    name: "a pod is missing",
    report: { ...rightReport(), pods: rightReport().pods.slice(1) },
    says: /a has 8 of 9 pods/,
  },
  { name: "nothing is there", report: { ...rightReport(), pods: [] }, says: /0 of 2 groups have pods/ },
  {
    name: "a node is missing",
    report: { ...rightReport(), nodes: rightReport().nodes.slice(1) },
    says: /2 of 3 nodes/,
  },
  { name: "a pod has no node", report: lying({ node: "" }), says: /a-0 is on no node/ },
  { name: "a pod is on a node that is not there", report: lying({ node: "n9" }), says: /n9, which does not exist/ },
  { name: "a pod changed its node", report: lying({ rebound: true }), says: /a-0 changed its node/ },
  { name: "a pod was never bound", report: lying({ bound_s: -1 }), says: /a-0 has no history/ },
  { name: "a pod never went", report: lying({ gone_s: -1 }), says: /a-0 has no history/ },
  { name: "a pod was bound later than all", report: lying({ bound_s: 0.9 }), says: /after all were/ },
  { name: "a node is overfull", report: lying({ node: "n1" }), says: /n1 has 7 pods and room for 6/ },
  { name: "a group is not spread", report: lying({ node: "n1" }, 9), says: /a is spread 0, 9, 0 over zones/ },
  { name: "a Deployment counts too few", report: { ...rightReport(), available: { a: 9, b: 8 } }, says: /b counts 8/ },
  {
    name: "no Deployment counted",
    report: { ...rightReport(), available: {}, all_available_s: 0 },
    says: /counts no pods/,
  },
  { name: "no time passed", report: { ...rightReport(), all_bound_s: 0 }, says: /no times/ },
  {
    name: "a process was not measured",
    report: { ...rightReport(), processes: { server: samples } },
    says: /scheduler was not measured/,
  },
];

test("a right outcome is right", () => assert.deepEqual(wrongIn(rightReport(), load, roles), []));

describe("a wrong outcome is told", () => {
  for (const { name, report, says } of lies) {
    test(name, () => assert.match(wrongIn(report, load, roles).join("; "), says));
  }
});

describe("a load generator that lies fails the run", () => {
  let oracle = "";
  const known = process.env["ORACLE_DIR"];
  const signal = new AbortController().signal;
  const options = { ...load, limitSeconds: 1, signal };
  const side = {
    name: "ours" as const,
    url: "https://127.0.0.1:1",
    pkiDir: "/nowhere",
    pids: new Map([["server", process.pid] as const, ["scheduler", process.pid] as const]),
    ensureAlive: async () => {},
  };
  const says = async (program: string, output: string): Promise<void> => {
    await writeFile(join(oracle, "answer"), output);
    await writeFile(join(oracle, "bin", program), `#!/bin/sh\ncat ${oracle}/answer\n`);
    await chmod(join(oracle, "bin", program), 0o755);
  };
  before(async () => {
    oracle = await mkdtemp(join(tmpdir(), "kubets-bench-test-"));
    await mkdir(join(oracle, "bin"));
    process.env["ORACLE_DIR"] = oracle;
  });
  after(async () => {
    if (known === undefined) delete process.env["ORACLE_DIR"];
    else process.env["ORACLE_DIR"] = known;
    await rm(oracle, { recursive: true });
  });

  test("what is right passes", async () => {
    await says("ctlbench", JSON.stringify(rightReport()));
    assert.equal((await putLoad(side, options)).pods.length, 18);
  });
  test("a wrong outcome", async () => {
    await says("ctlbench", JSON.stringify(lying({ node: "n9" })));
    await assert.rejects(putLoad(side, options), /ours: a-0 is on n9/);
  });
  test("an empty answer", async () => {
    await says("ctlbench", "");
    await assert.rejects(putLoad(side, options));
  });
  test("one that never ends", async () => {
    await writeFile(join(oracle, "bin/ctlbench"), "#!/bin/sh\nexec sleep 60\n");
    await assert.rejects(putLoad(side, { ...options, limitSeconds: 0.02 }));
  });
  test("a process that died", async () => {
    await says("ctlbench", JSON.stringify(rightReport()));
    const died = { ...side, ensureAlive: () => Promise.reject(new Error("scheduler ended: SIGKILL")) };
    await assert.rejects(putLoad(died, options), /scheduler ended/);
  });
  test("wrong answers to the API's load", async () => {
    const server = { name: "upstream" as const, url: side.url, pid: process.pid };
    const apiLoad = { directory: "/nowhere", pods: 1, signal };
    await says("apibench", JSON.stringify({ errors: 0, watch_events_lost: 0, create_per_s: 7 }));
    assert.deepEqual(await putApiLoad(server, apiLoad), { create_per_s: 7 });
    await says("apibench", JSON.stringify({ errors: 1, watch_events_lost: 0, create_per_s: 7, first_error: "404: x" }));
    await assert.rejects(putApiLoad(server, apiLoad), /upstream: 1 wrong answers, 0 events lost; 404: x/);
    await says("apibench", JSON.stringify({ errors: 0, watch_events_lost: 3, create_per_s: 7 }));
    await assert.rejects(putApiLoad(server, apiLoad), /upstream: 0 wrong answers, 3 events lost/);
    await says("apibench", "{}");
    await assert.rejects(putApiLoad(server, apiLoad));
  });
  test("a program that is missing", () => {
    assert.throws(() => ensurePrograms(["kube-scheduler"]), /kube-scheduler.* missing: make build, make oracle/);
  });
});

describe("figures", () => {
  test("medians and quantiles", () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(quantile([1, 2, 3, 4], 0.99), 4);
    assert.throws(() => median([]), /nothing was measured/);
  });
  test("of a control plane and of a scheduler", () => {
    const numbers = controlPlaneNumbers(rightReport());
    assert.equal(numbers["3 nodes: pods created and bound per second"], 36);
    assert.equal(numbers["3 nodes: processor time until gone, s: all"], 4);
    assert.equal(schedulerNumbers(rightReport(), "plain")["plain: pods bound per second"], 36);
  });
  test("a row has the medians of both", () => {
    const ours = [{ a: 1 }, { a: 3 }, { a: 2 }];
    const upstream = [{ a: 4, more: 1 }];
    assert.deepEqual(rowsOf({ ours, upstream }), [{ name: "a", ours: 2, upstream: 4 }]);
  });
  test("nothing measured is no row", () => {
    assert.throws(() => rowsOf({ ours: [], upstream: [] }), /nothing was measured/);
    assert.throws(() => rowsOf({ ours: [{ a: 1 }], upstream: [] }), /nothing was measured/);
    assert.throws(() => rowsOf({ ours: [{ a: 1 }, {}], upstream: [{ a: 1 }] }), /a was not measured/);
    assert.throws(() => rowsOf({ ours: [{ a: -1 }], upstream: [{ a: 1 }] }), /a was not measured/);
  });
});

test("a part's rows take the place of its old ones and leave the others", () => {
  const group = (title: string, ours: number) => ({ title, about: "now", rows: [{ name: "x", ours, upstream: 2 }] });
  const first = tableOf([group("A", 1), group("B", 3000)]);
  assert.equal(
    withGroups(first, tableOf([group("A", 0), group("C", 5)])),
    tableOf([group("A", 0), group("B", 3000), group("C", 5)]),
  );
  assert.equal(withGroups("## Title\n\n| old | 1 |\n", tableOf([group("A", 1)])), tableOf([group("A", 1)]));
});
