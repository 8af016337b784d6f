/** Bootstrap tokens sign what a joining node reads first, until they expire and go. */
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { eventually } from "#test/support/cluster.ts";
import { startControllers } from "./support.ts";

test("a token signs cluster-info for as long as it lives", async () => {
  await using controllers = await startControllers(["bootstrap-signer-controller", "token-cleaner-controller"]);
  const { client } = controllers;
  const address = { namespace: "kube-public", name: "cluster-info" };
  const kubeconfig = "clusters: []\n";
  await client.configmaps.create({ metadata: address, data: { kubeconfig } });
  const expiration = new Date(Date.now() + 3_000).toISOString().replace(/\.\d+/, "");
  const secret = { namespace: "kube-system", name: "bootstrap-token-abcdef" };
  await client.secrets.create({
    metadata: secret,
    type: "bootstrap.kubernetes.io/token",
    stringData: {
      "token-id": "abcdef",
      "token-secret": "0123456789abcdef",
      "usage-bootstrap-signing": "true",
      expiration,
    },
  });
  const signature = () => client.configmaps.get(address).then(({ data }) => data?.["jws-kubeconfig-abcdef"]);
  const signed = await eventually(async () => (await signature()) ?? false, { everyMs: 50 });
  const encode = (text: string) => Buffer.from(text).toString("base64url");
  const header = encode('{"alg":"HS256","kid":"abcdef"}');
  const hmac = createHmac("sha256", "0123456789abcdef").update(`${header}.${encode(kubeconfig)}`);
  assert.equal(signed, `${header}..${hmac.digest("base64url")}`);
  await eventually(() =>
    client.secrets.get(secret).then(
      () => false,
      () => true,
    ),
  );
  await eventually(async () => (await signature()) === undefined);
});
