/** What a quota charges when an update changes which quotas count an object. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createServiceAccount, startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";

let server: TestApiServer;
before(async () => {
  server = await startTestApiServer();
  await createServiceAccount(server.client);
});
after(() => server?.[Symbol.asyncDispose]());

const namespace = "default";
const limits = { pods: "1", "requests.cpu": "1" };
const spec = { containers: [{ name: "c", image: "i", resources: { requests: { cpu: "500m" } } }] };

async function createQuota(name: string, scope: string): Promise<void> {
  const { client } = server;
  const quota = await client.resourcequotas.create({
    metadata: { namespace, name },
    spec: { hard: limits, scopes: [scope] },
  });
  const used = { pods: "0", "requests.cpu": "0" };
  await client.resourcequotas.updateStatus({ ...quota, status: { hard: limits, used } });
}

const usedBy = async (name: string) => (await server.client.resourcequotas.get({ namespace, name })).status?.used;

test("a pod that is given a deadline is charged to the quota of pods that end", async () => {
  const { client } = server;
  await createQuota("ending", "Terminating");
  await createQuota("lasting", "NotTerminating");
  const pod = await client.pods.create({ metadata: { namespace, name: "first" }, spec });
  assert.deepEqual(await usedBy("lasting"), { pods: "1", "requests.cpu": "500m" });
  assert.deepEqual(await usedBy("ending"), { pods: "0", "requests.cpu": "0" });
  await client.pods.update({ ...pod, spec: { ...pod.spec!, activeDeadlineSeconds: 3600 } });
  assert.deepEqual(await usedBy("ending"), { pods: "1", "requests.cpu": "500m" });
  const second = { metadata: { namespace, name: "second" }, spec: { ...spec, activeDeadlineSeconds: 3600 } };
  await assert.rejects(
    client.pods.create(second),
    /pods "second" is forbidden: exceeded quota: ending, requested: pods=1, used: pods=1, limited: pods=1/,
  );
});
