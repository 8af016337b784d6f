/** Devices from a driver to a container: published, allocated, prepared, given back. The test plays the driver. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually, TestCluster } from "#test/support/cluster.ts";
import { DraDriver, deviceReply } from "#test/support/dra-driver.ts";

const name = "gpu.example.com";
const bound = { withinMs: 20_000 };
let cluster: TestCluster;
let driver: DraDriver;

const rootDir = (): string => join(cluster.directory, "data/kubelet");
const apply = (...objects: object[]) =>
  cluster.kubectl("apply -f -", [], { stdin: objects.map((object) => JSON.stringify(object)).join("\n---\n") });

const apiVersion = "resource.k8s.io/v1";
const deviceClass = {
  apiVersion,
  kind: "DeviceClass",
  metadata: { name: "gpu" },
  spec: { selectors: [{ cel: { expression: `device.driver == "${name}"` } }] },
};
const slice = {
  apiVersion,
  kind: "ResourceSlice",
  metadata: { name: "node-1-gpus" },
  spec: {
    driver: name,
    nodeName: "node-1",
    pool: { name: "pool", generation: 1, resourceSliceCount: 1 },
    devices: [{ name: "gpu-0" }],
  },
};
const template = {
  apiVersion,
  kind: "ResourceClaimTemplate",
  metadata: { name: "one" },
  spec: { spec: { devices: { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu" } }] } } },
};
const user = (podName: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: podName },
  spec: {
    terminationGracePeriodSeconds: 1,
    resourceClaims: [{ name: "gpu", resourceClaimTemplateName: "one" }],
    containers: [
      {
        name: "main",
        image: "kubets.dev/busybox:latest",
        command: ["sleep", "1000"],
        resources: { claims: [{ name: "gpu" }] },
      },
    ],
  },
});
const ready = (podName: string) =>
  eventually(() => cluster.kubectl(`wait --for=condition=Ready pod/${podName} --timeout=1s`), bound);
const checkpoint = () => readFile(join(rootDir(), "dra_manager_state"), "utf8");

before(async () => {
  cluster = await TestCluster.start();
  driver = await new DraDriver({ name, rootDir: rootDir() }).start();
  driver.prepare = () => ({ devices: [deviceReply("gpu-0")] });
  await eventually(async () => driver.told.includes(""), bound);
  await apply(deviceClass, slice, template);
});
after(async () => {
  await driver?.stop();
  await cluster?.[Symbol.asyncDispose]();
});

test("a pod's device is prepared before it runs, and the next pod waits for it", async () => {
  await apply(user("first"));
  await ready("first");
  assert.equal(driver.prepared.length, 1);
  assert.match(driver.prepared[0] ?? "", /^first-gpu-/);
  assert.match(await checkpoint(), /example\.com\/device=gpu-0/);
  const state = await cluster.kubectl("get resourceclaims --no-headers");
  assert.match(state, /^first-gpu-\S+ +allocated,reserved /);
  await apply(user("second"));
  await eventually(async () => {
    const events = await cluster.kubectl("events --for pod/second");
    return events.includes("cannot allocate all claims");
  }, bound);
});

test("the device is given back when the pod has ended, and goes to the other", async () => {
  await cluster.kubectl("delete pod first");
  await ready("second");
  assert.deepEqual(driver.unprepared, [driver.prepared[0]]);
  assert.match(driver.prepared[1] ?? "", /^second-gpu-/);
});

test("a kubelet that begins anew gives back what was prepared before", async () => {
  const pid = await cluster.pid("kubelet");
  const told = driver.told.length;
  process.kill(pid, "SIGKILL");
  await eventually(async () => driver.told.length > told, bound);
  // Until drivers have registered, their slices are not to be trusted.
  await eventually(async () => (await cluster.tryKubectl(["get", "resourceslice", "node-1-gpus"])).code === 1, bound);
  await apply(slice);
  await cluster.kubectl("delete pod second");
  await eventually(async () => driver.unprepared.length === 2, bound);
});

test("what the driver says against it is told, and the pod runs when it is settled", async () => {
  driver.prepare = () => ({ error: "the fan is loud" });
  await apply(user("third"));
  const why = "NodePrepareResources failed for ResourceClaim third-gpu-";
  await eventually(async () => {
    const events = await cluster.kubectl("events --for pod/third");
    return (
      events.includes(`FailedPrepareDynamicResources`) && events.includes(why) && events.includes("the fan is loud")
    );
  }, bound);
  driver.prepare = () => ({ devices: [deviceReply("gpu-0")] });
  await ready("third");
  await cluster.kubectl("delete pod third");
});

test("the slices of a driver that went go too", async () => {
  await driver.stop();
  await eventually(async () => (await cluster.tryKubectl(["get", "resourceslice", "node-1-gpus"])).code === 1, {
    withinMs: 60_000,
    everyMs: 1_000,
  });
});
