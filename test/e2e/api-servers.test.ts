/** Several processes serve the API of one cluster together, and any of them may die. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { eventually, TestCluster } from "../support/cluster.ts";

describe("two API servers", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ apiServers: 2 });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  /** A pod runs from end to end, and is seen by whoever answers. */
  const works = async (name: string): Promise<void> => {
    const run = ["run", name, "--image=kubets.dev/busybox", "--restart=Never", "--", "true"];
    await eventually(async () => (await cluster.tryKubectl(run)).code === 0);
    await cluster.kubectl(`wait pod/${name} --for=jsonpath={.status.phase}=Succeeded --timeout=30s`);
    await cluster.kubectl(`delete pod ${name}`);
  };

  test("both serve the one port", async () => {
    const { stdout } = await cluster.exec(["ss", "-Hltnp", "sport = :6443"]);
    for (const name of ["kube-apiserver", "kube-apiserver-2"]) {
      assert.match(stdout, new RegExp(`pid=${await cluster.pid(name)},`), name);
    }
    await works("first");
    const addresses = await cluster.kubectl("get endpointslices kubernetes -o jsonpath={.endpoints[*].addresses}");
    assert.equal((JSON.parse(addresses) as string[]).length, 1, "one address is both's");
  });

  for (const name of ["kube-apiserver", "kube-apiserver-2"]) {
    test(`kill -9 of ${name} heals`, async () => {
      const pid = await cluster.pid(name);
      process.kill(pid, "SIGKILL");
      await works(`after-${name}`);
      await eventually(async () => (await cluster.pid(name)) !== pid, { withinMs: 15_000 });
    });
  }
});
