/** The controller manager by its flags, each controller with the rights of its own service account. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "#pkg/client/index.ts";
import { parseFlags, startControllerManager } from "#pkg/controller/index.ts";
import { startTestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";

const base64 = (text: string | Buffer | undefined) => Buffer.from(text ?? "").toString("base64");

const kubeconfigOf = ({ server, ca, cert, key }: Connection): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "it",
    contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
    clusters: [{ name: "it", cluster: { server, "certificate-authority-data": base64(ca) } }],
    users: [{ name: "it", user: { "client-certificate-data": base64(cert), "client-key-data": base64(key) } }],
  });

const deployment = (name: string) => ({
  metadata: { name, namespace: "default" },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
});

test("each controller writes as its own account, and no controller may do another's work", async () => {
  await using server = await startTestApiServer();
  const { client } = server;
  const directory = await mkdtemp(join(tmpdir(), "kubets-kcm-"));
  await using _directory = { [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }) };
  const kubeconfig = join(directory, "kubeconfig");
  await writeFile(kubeconfig, kubeconfigOf(server.connection("controller-manager")), { mode: 0o600 });
  const options = await parseFlags([
    `--kubeconfig=${kubeconfig}`,
    "--secure-port=0",
    "--leader-elect=false",
    "--use-service-account-credentials",
  ]);
  const stop = new AbortController();
  await using _manager = await startControllerManager(options, { signal: stop.signal });
  const podsOf = async (app: string) =>
    (await client.pods.list({ namespace: "default", labelSelector: `app=${app}` })).items.length;

  await eventually(async () => (await client.serviceaccounts.get({ namespace: "default", name: "default" })) !== null);
  await client.deployments.create(deployment("whole"));
  await eventually(async () => (await podsOf("whole")) === 2);
  for (const name of ["deployment-controller", "replicaset-controller"]) {
    await client.serviceaccounts.get({ namespace: "kube-system", name });
  }

  const address = { name: "system:controller:replicaset-controller" };
  const { roleRef, subjects } = await client.clusterrolebindings.get(address);
  await client.clusterrolebindings.delete(address);
  await client.deployments.create(deployment("later"));
  await eventually(
    async () =>
      (await client.replicasets.list({ namespace: "default", labelSelector: "app=later" })).items.length === 1,
  );
  await sleep(500);
  assert.equal(await podsOf("later"), 0);
  await client.clusterrolebindings.create({ metadata: address, roleRef, ...(subjects ? { subjects } : {}) });
  await eventually(async () => (await podsOf("later")) === 2);
});
