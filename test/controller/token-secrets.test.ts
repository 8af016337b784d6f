/** Tokens of service accounts that stand in secrets. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Client, connect } from "#pkg/client/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let server: TestApiServer;
let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  server = await startTestApiServer();
  const { serviceAccountKey } = server;
  controllers = await startControllers(["serviceaccount-token-controller"], { serviceAccountKey }, server);
  client = server.client;
});
after(() => controllers[Symbol.asyncDispose]());

const tokenSecret = (name: string, account: string) => ({
  metadata: { name, namespace, annotations: { "kubernetes.io/service-account.name": account } },
  type: "kubernetes.io/service-account-token",
});
const dataOf = async (name: string) => {
  const { data = {} } = await client.secrets.get({ namespace, name });
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]));
};
const isGone = (name: string) =>
  client.secrets.get({ namespace, name }).then(
    () => false,
    () => true,
  );
const whoIs = async (token: string) => {
  const { ca = "" } = server.connection("controller-manager");
  await using user = connect({ server: server.url, ca, token });
  const { status } = await user.selfsubjectreviews.create({ metadata: {} });
  return status?.userInfo?.username;
};

test("a secret gets its token, which is good as long as it stands there", async () => {
  const account = await client.serviceaccounts.create({
    metadata: { name: "robot", namespace },
    secrets: [{ name: "robot-token" }, { name: "other" }],
  });
  await client.secrets.create(tokenSecret("robot-token", "robot"));
  const data = await eventually(async () => {
    const found = await dataOf("robot-token");
    return found["token"] !== undefined && found;
  });
  const { namespace: kept, "ca.crt": ca, token = "" } = data;
  assert.deepEqual([kept, ca], [namespace, server.authority.certificate]);
  assert.equal(await whoIs(token), "system:serviceaccount:default:robot");
  const { annotations } = (await client.secrets.get({ namespace, name: "robot-token" })).metadata;
  assert.equal(annotations?.["kubernetes.io/service-account.uid"], account.metadata.uid);

  const address = { namespace, name: "robot-token" };
  await client.secrets.patch(address, { data: { "ca.crt": null } }, { type: "merge" });
  await eventually(async () => (await dataOf("robot-token"))["ca.crt"] === server.authority.certificate);
  assert.equal((await dataOf("robot-token"))["token"], token, "a token that is there stays");

  await client.secrets.delete(address);
  await eventually(async () => {
    const { secrets } = await client.serviceaccounts.get({ namespace, name: "robot" });
    return secrets?.length === 1 && secrets[0]?.name === "other";
  });
  // The server remembers for some seconds who a token is.
  await eventually(async () => {
    await assert.rejects(whoIs(token), { reason: "Unauthorized" });
    return true;
  });
});

test("secrets go with their account, and never come without one", async () => {
  await client.serviceaccounts.create({ metadata: { name: "short", namespace } });
  await client.secrets.create(tokenSecret("short-token", "short"));
  await client.secrets.create({ metadata: { name: "mine", namespace }, type: "Opaque" });
  await eventually(async () => (await dataOf("short-token"))["token"] !== undefined);
  await client.serviceaccounts.delete({ namespace, name: "short" });
  await eventually(() => isGone("short-token"));
  await client.secrets.create(tokenSecret("nobody-token", "nobody"));
  await eventually(() => isGone("nobody-token"));
  assert.ok(!(await isGone("mine")));
});
