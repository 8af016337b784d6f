/** Claims just work: a StatefulSet of two with a volume for each, on two nodes, without anything set up before. */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { eventually, TestCluster } from "../support/cluster.ts";

const labels = { app: "store" };
const pods = ["store-0", "store-1"] as const;

/** Each start of a container writes a line. Its user is nobody in particular. */
const store = {
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "store" },
  spec: {
    replicas: pods.length,
    serviceName: "store",
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        securityContext: { runAsUser: 12345 },
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "store",
            image: "kubets.dev/busybox",
            command: ["sh", "-c", "cat /proc/sys/kernel/random/uuid >> /data/starts && exec sleep 3600"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
      },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: "data" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    ],
  },
};

describe("a user who wants to keep something", () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start({ nodes: 2 });
  });
  after(async () => cluster?.[Symbol.asyncDispose]());

  const directories = async () => (await readdir(join(cluster.directory, "data/volumes"))).sort();
  const ready = () => cluster.kubectl("rollout status statefulset/store --timeout=60s", [], { timeoutMs: 70_000 });
  const starts = async () => {
    const lines = pods.map(async (pod) =>
      (await cluster.kubectl(`exec ${pod} -- cat /data/starts`)).trim().split("\n"),
    );
    return Promise.all(lines);
  };
  let first: string[][];

  test("there is a class, and claims that name none get it", async () => {
    assert.match(
      await cluster.kubectl("get storageclass"),
      /^standard \(default\) +kubets.dev\/local-path +Delete +WaitForFirstConsumer +false /m,
    );
    await cluster.kubectl("create -f -", [], { stdin: JSON.stringify(store) });
    await ready();
    const phases = await cluster.kubectl("get pvc -o jsonpath={.items[*].status.phase}");
    assert.equal(phases, "Bound Bound");
    const names = await cluster.kubectl("get pvc -o jsonpath={.items[*].spec.volumeName}");
    assert.deepEqual(await directories(), names.split(" ").sort());
    first = await starts();
    assert.deepEqual(
      first.map(({ length }) => length),
      [1, 1],
    );
  });

  test("each pod has a volume of its own, on its node", async () => {
    assert.notEqual(first[0]?.[0], first[1]?.[0]);
    for (const pod of pods) {
      const node = await cluster.kubectl(`get pod ${pod} -o jsonpath={.spec.nodeName}`);
      const volume = await cluster.kubectl(`get pvc data-${pod} -o jsonpath={.spec.volumeName}`);
      assert.match(
        await cluster.kubectl(`describe pv ${volume}`),
        new RegExp(`kubernetes.io/hostname in \\[${node}\\]`),
      );
    }
  });

  test("a pod that is deleted finds its data again", async () => {
    await cluster.kubectl("delete pod store-0");
    await eventually(async () => (await starts())[0]?.length === 2);
    const now = await starts();
    assert.equal(now[0]?.[0], first[0]?.[0]);
    assert.deepEqual(now[1], first[1]);
  });

  test("so it does after the cluster was down, and a class that was changed stays so", async () => {
    const mark = "storageclass.kubernetes.io/is-default-class";
    await cluster.kubectl(`annotate storageclass standard ${mark}=false --overwrite`);
    assert.equal((await cluster.down()).code, 0);
    assert.equal((await directories()).length, 2);
    const up = await cluster.up();
    assert.equal(up.code, 0, up.stderr);
    await eventually(async () => (await starts()).every(({ length }, at) => length === (at === 0 ? 3 : 2)));
    assert.deepEqual(
      (await starts()).map(([line]) => line),
      first.map(([line]) => line),
    );
    assert.match(await cluster.kubectl("get storageclass"), /^standard +kubets.dev/m);
  });

  test("the volumes go with their claims", async () => {
    await cluster.kubectl("delete statefulset store");
    await cluster.kubectl("delete pvc --all --timeout=60s", [], { timeoutMs: 70_000 });
    await eventually(async () => (await cluster.kubectl("get pv -o name")) === "");
    assert.deepEqual(await directories(), []);
  });
});
