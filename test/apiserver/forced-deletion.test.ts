/** A pod that is deleted without grace while its kubelet, which sees the mark, deletes it too: both are told that it is gone. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { isNotFound } from "#pkg/client/index.ts";
import { createServiceAccount, startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";

let server: TestApiServer;
before(async () => {
  server = await startTestApiServer();
  await createServiceAccount(server.client);
});
after(() => server?.[Symbol.asyncDispose]());

const namespace = "default";
const body = { gracePeriodSeconds: 0 };

test("whoever loses the race is not told that there was nothing", async () => {
  const { client } = server;
  const watching = new AbortController();
  // As a kubelet: what bears the mark without grace is ended at once.
  const kubelet = (async () => {
    const options = { namespace, signal: watching.signal, timeoutMs: 60_000 };
    for await (const { type, object } of client.pods.watch(options)) {
      const { name = "", deletionTimestamp, uid = "" } = (object as Pod).metadata;
      if (type !== "MODIFIED" || !deletionTimestamp) continue;
      await client.pods
        .delete({ namespace, name }, { body: { ...body, preconditions: { uid } } })
        .catch(() => undefined);
    }
  })().catch(() => undefined);
  const failures: unknown[] = [];
  for (let index = 0; index < 100; index += 1) {
    const address = { namespace, name: `p-${index}` };
    const spec = { nodeName: "node-1", containers: [{ name: "c", image: "i" }] };
    await client.pods.create({ metadata: address, spec });
    await client.pods.delete(address, { body }).catch((error: unknown) => failures.push(error));
    await assert.rejects(client.pods.get(address), (error) => isNotFound(error));
  }
  watching.abort();
  await kubelet;
  assert.deepEqual(failures, []);
});
