/** Pods from a node's manifest directory, and what the API shows of them. */
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { eventually, TestCluster } from "#test/support/cluster.ts";

let cluster: TestCluster;
const name = "web-node-1";
const bound = { withinMs: 15_000 };

const manifest = (word: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: kubets.dev/busybox:latest
    command: [sh, -c, "echo ${word}; exec sleep 1000"]
`;

const file = (): string => join(cluster.directory, "data/manifests/web.yaml");
const logs = (word: string) => eventually(async () => (await cluster.kubectl(`logs ${name}`)).trim() === word, bound);
const uid = () => cluster.kubectl(`get pod ${name} -o jsonpath={.metadata.uid}`);

before(async () => {
  cluster = await TestCluster.start();
});
after(() => cluster?.[Symbol.asyncDispose]());

test("a file becomes a running pod, which the API mirrors", async () => {
  await writeFile(file(), manifest("first"));
  await eventually(() => cluster.kubectl(`wait --for=condition=Ready pod/${name} --timeout=1s`), bound);
  const columns =
    "jsonpath={.metadata.ownerReferences[0].kind} {.metadata.annotations.kubernetes\\.io/config\\.source}";
  assert.equal(await cluster.kubectl(`get pod ${name} -o`, [columns]), "Node file");
  await logs("first");
});

test("a deleted mirror comes back, and its container never stops", async () => {
  const path = "jsonpath={.status.containerStatuses[0].containerID}";
  const [was, container] = [await uid(), await cluster.kubectl(`get pod ${name} -o ${path}`)];
  await cluster.kubectl(`delete pod ${name} --wait=false`);
  await eventually(async () => (await uid()) !== was, bound);
  await eventually(async () => (await cluster.kubectl(`get pod ${name} -o ${path}`)) === container, bound);
});

test("a changed file replaces the pod", async () => {
  await writeFile(file(), manifest("second"));
  await logs("second");
});

test("it is there again after a restart", async () => {
  assert.equal((await cluster.down()).code, 0);
  assert.equal((await cluster.up()).code, 0);
  await logs("second");
});

test("without the file the pod goes", async () => {
  await rm(file());
  await eventually(async () => (await cluster.tryKubectl(["get", "pod", name])).code === 1, bound);
});

test("the kubelet's health check answers on its port", async () => {
  const answer = await cluster.exec(["busybox", "wget", "-qO-", "http://127.0.0.1:10248/healthz"]);
  assert.equal(answer.stdout.trim(), "ok");
});
