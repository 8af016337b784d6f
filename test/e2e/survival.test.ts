/** A cluster outlives its own processes: down and up, and the sudden death of each of them. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, TestCluster } from "../support/cluster.ts";

const processes = ["supervisor", "etcd", "containerd", "kube-apiserver", "kubelet"];

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly status: {
      readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[];
    };
  }[];
}

describe("a cluster whose processes die", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start();
    const command = ["--", "httpd", "-f", "-p", "8080", "-h", "/www"];
    await cluster.kubectl("create deployment web --image=kubets.dev/busybox --replicas=2", command);
    await cluster.kubectl("rollout status deployment/web --timeout=30s");
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const pods = async (): Promise<PodList["items"]> =>
    (JSON.parse(await cluster.kubectl("get pods -l app=web -o json")) as PodList).items;
  const restarts = (items: PodList["items"]) =>
    items.map((pod) => [pod.metadata.uid, pod.status.containerStatuses?.[0]?.restartCount]).toSorted();

  /** Something new works from end to end: API, scheduler, kubelet, runtime. */
  const works = async (name: string) => {
    const run = ["run", name, "--image=kubets.dev/busybox", "--restart=Never", "--", "true"];
    await eventually(async () => (await cluster.tryKubectl(run)).code === 0);
    await cluster.kubectl(`wait pod/${name} --for=jsonpath={.status.phase}=Succeeded --timeout=30s`);
    await cluster.kubectl(`delete pod ${name}`);
  };

  test("a second up says so and succeeds", async () => {
    const { code, stdout } = await cluster.up();
    assert.equal(code, 0);
    assert.match(stdout, /running already/);
  });

  test("what its containers' networks leave on disk is in its own directory", () => {
    const results = readdirSync(join(cluster.directory, "data", "cni", "cache", "results"));
    assert.ok(
      results.some((name) => name.endsWith("-eth0")),
      String(results),
    );
    for (const name of results) assert.ok(!existsSync(join("/var/lib/cni/results", name)), name);
  });

  for (const name of processes) {
    test(`kill -9 of ${name} heals, and no pod restarts`, async () => {
      const beforeKill = restarts(await pods());
      const pid = await cluster.pid(name);
      process.kill(pid, "SIGKILL");
      await eventually(async () => (await cluster.pid(name)) !== pid, { withinMs: 15_000 });
      await works(`after-${name}`);
      assert.deepEqual(restarts(await pods()), beforeKill);
      await eventually(async () => (await cluster.status()).code === 0);
    });
  }

  test("down leaves nothing running, up brings every pod back", async () => {
    const names = (await pods()).map((pod) => pod.metadata.uid).toSorted();
    assert.equal((await cluster.down()).code, 0);
    assert.deepEqual(processesOf(cluster.runDir), []);
    const links = await cluster.exec(["ip", "-o", "link"]);
    assert.doesNotMatch(links.stdout, /kubets|veth/);
    assert.equal((await cluster.exec(["nft", "list", "tables"])).stdout, "");
    assert.equal((await cluster.up()).code, 0);
    const back = await eventually(async () => {
      const items = await pods();
      return items.length === 2 && items.every((pod) => pod.status.containerStatuses?.[0]?.ready) && items;
    });
    assert.deepEqual(back.map((pod) => pod.metadata.uid).toSorted(), names);
    await works("after-down");
  });

  test("SIGTERM of the supervisor stops the whole cluster", async () => {
    process.kill(await cluster.pid("supervisor"), "SIGTERM");
    await eventually(async () => processesOf(cluster.runDir).length === 0);
  });
});

/** Processes that carry the cluster's mark. */
function processesOf(runDir: string): number[] {
  const marked = (pid: string) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`KUBETS_CLUSTER=${runDir}\0`);
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && marked(name))
    .map(Number);
}
