/** A write whose answer from etcd is lost may have been made: it is not made again over what others wrote since. */
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startEtcd } from "#test/support/etcd.ts";
import { startTcpProxy, type TcpProxy } from "#test/support/tcp-proxy.ts";

const where = { namespace: "default", name: "shared" };
let proxy: TcpProxy;
/** Its etcd is behind the proxy. */
let far: TestApiServer;
let near: TestApiServer;
const stack = new AsyncDisposableStack();

before(async () => {
  const etcd = stack.use(await startEtcd());
  proxy = stack.use(await startTcpProxy(Number(new URL(etcd.endpoint).port)));
  near = stack.use(await startTestApiServer({ beside: { etcd } }));
  far = stack.use(await startTestApiServer({ beside: { etcd: { ...etcd, endpoint: proxy.endpoint } } }));
});
after(() => stack.disposeAsync());

beforeEach(async () => {
  await near.client.configmaps.create({ metadata: where, data: { by: "nobody" } });
  await eventually(async () => assert.equal((await far.client.configmaps.get(where)).data?.["by"], "nobody"));
});

const patch = ({ client }: TestApiServer, by: string) =>
  client.configmaps.patch(where, { data: { by } }, { type: "merge" });
const writer = async (): Promise<string | undefined> => (await near.client.configmaps.get(where)).data?.["by"];

/** `asked` is told that etcd was not reached, after `meanwhile`. */
async function loseAnswer(ask: () => Promise<unknown>, meanwhile: () => Promise<void>): Promise<void> {
  proxy.hold();
  const asked = ask().then(
    () => assert.fail("an answer that nobody gave"),
    (error: unknown) => error,
  );
  await meanwhile();
  proxy.cut();
  proxy.mend();
  const error = await asked;
  assert.ok(error instanceof StatusError && error.code >= 500, String(error));
}

test("a patch", async () => {
  await loseAnswer(
    () => patch(far, "far"),
    async () => {
      await eventually(async () => assert.equal(await writer(), "far"));
      await patch(near, "near");
    },
  );
  assert.equal(await writer(), "near");
  await near.client.configmaps.delete(where);
});

test("a deletion", async () => {
  await loseAnswer(
    () => far.client.configmaps.delete(where),
    async () => {
      await eventually(() => assert.rejects(writer(), /not found/));
      await near.client.configmaps.create({ metadata: where, data: { by: "near" } });
    },
  );
  assert.equal(await writer(), "near");
});
