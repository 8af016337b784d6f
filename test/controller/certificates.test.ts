/** Requests for certificates: a node gets its own without anybody's help, others wait for a person. */
import assert from "node:assert/strict";
import { webcrypto, X509Certificate } from "node:crypto";
import { after, before, test } from "node:test";
import "reflect-metadata";
import * as lib from "@peculiar/x509";
import type { CertificateSigningRequest } from "#api/types/certificates.k8s.io/v1";
import { type Client, connect } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let server: TestApiServer;
let controllers: TestControllers;
let node: Client;
let ca: string;

before(async () => {
  server = await startTestApiServer();
  const { authority } = server;
  ca = authority.certificate;
  const names = ["approving", "signing", "cleaner"].map((name) => `certificatesigningrequest-${name}-controller`);
  controllers = await startControllers(names, { clusterSigning: { cert: ca, key: authority.key } }, server);
  node = connect(server.connection(pkiPaths.kubeletClient("node-1")));
});
after(async () => {
  await node[Symbol.asyncDispose]();
  await controllers[Symbol.asyncDispose]();
});

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function ask(client: Client, name: string, subject: string, spec: Partial<CertificateSigningRequest["spec"]>) {
  const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
  const made = await lib.Pkcs10CertificateRequestGenerator.create({ name: subject, keys, signingAlgorithm: algorithm });
  const request = Buffer.from(`${made.toString("pem")}\n`).toString("base64");
  const signerName = "kubernetes.io/kube-apiserver-client-kubelet";
  const usages = ["digital signature", "client auth"];
  return client.certificatesigningrequests.create({
    metadata: { name },
    spec: { request, signerName, usages, ...spec },
  });
}

const get = (name: string) => server.client.certificatesigningrequests.get({ name });
const certificateOf = (name: string) =>
  eventually(
    async () => {
      const { status } = await get(name);
      return status?.certificate !== undefined && new X509Certificate(Buffer.from(status.certificate, "base64"));
    },
    { everyMs: 50 },
  );

test("a node's request for itself is approved and signed once a role allows it", async () => {
  await server.client.clusterrolebindings.create({
    metadata: { name: "nodes-renew" },
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "ClusterRole",
      name: "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
    },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }],
  });
  await ask(node, "own", "O=system:nodes, CN=system:node:node-1", { expirationSeconds: 3600 });
  const certificate = await certificateOf("own");
  assert.ok(certificate.verify(new X509Certificate(ca).publicKey));
  assert.equal(certificate.subject, "O=system:nodes\nCN=system:node:node-1");
  const [condition] = (await get("own")).status?.conditions ?? [];
  assert.equal(
    `${condition?.type} ${condition?.reason}: ${condition?.message}`,
    "Approved AutoApproved: Auto approving self kubelet client certificate after SubjectAccessReview.",
  );
});

test("a request for another node waits; what is not the signer's business fails", async () => {
  await ask(node, "foreign", "O=system:nodes, CN=system:node:node-2", {});
  await ask(server.client, "user", "CN=anna", { signerName: "kubernetes.io/kube-apiserver-client" });
  await ask(server.client, "wrong", "CN=anna", {
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["server auth"],
  });
  const approve = async (name: string) => {
    const request = await get(name);
    const conditions = [{ type: "Approved", status: "True", reason: "Person", message: "" }];
    const sent = { ...request, status: { conditions } };
    await server.client.certificatesigningrequests.subresource("PUT", { name }, "approval", sent);
  };
  await approve("user");
  assert.equal((await certificateOf("user")).subject, "CN=anna");
  await approve("wrong");
  await eventually(async () => {
    const failed = (await get("wrong")).status?.conditions?.find(({ type }) => type === "Failed");
    assert.equal(
      `${failed?.reason}: ${failed?.message}`,
      "SignerValidationFailure: invalid usage for client certificate: server auth",
    );
    return true;
  });
  assert.deepEqual((await get("foreign")).status ?? {}, {});
});

test("who may not approve for a signer does not; nobody becomes a master by a request", async () => {
  const asMaster = { signerName: "kubernetes.io/kube-apiserver-client" };
  await assert.rejects(ask(server.client, "master", "O=system:masters, CN=eve", asMaster), {
    reason: "Forbidden",
    message:
      'certificatesigningrequests.certificates.k8s.io "master" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
  });
  const signerName = "example.com/mine";
  await ask(server.client, "mine", "CN=anna", { signerName });
  await using scheduler = connect(server.connection(pkiPaths.scheduler));
  const apiGroup = "rbac.authorization.k8s.io";
  const resources = [
    "certificatesigningrequests",
    "certificatesigningrequests/approval",
    "certificatesigningrequests/status",
  ];
  const rules = [{ apiGroups: ["certificates.k8s.io"], resources, verbs: ["get", "update"] }];
  await server.client.clusterroles.create({ metadata: { name: "writer" }, rules });
  await server.client.clusterrolebindings.create({
    metadata: { name: "writer" },
    roleRef: { apiGroup, kind: "ClusterRole", name: "writer" },
    subjects: [{ apiGroup, kind: "User", name: "system:kube-scheduler" }],
  });
  const approve = async () => {
    const request = await get("mine");
    const conditions = [{ type: "Approved", status: "True", reason: "Person", message: "" }];
    const sent = { ...request, status: { conditions } };
    await scheduler.certificatesigningrequests.subresource("PUT", { name: "mine" }, "approval", sent);
  };
  await eventually(() => scheduler.certificatesigningrequests.get({ name: "mine" }));
  await assert.rejects(approve(), {
    message:
      'certificatesigningrequests.certificates.k8s.io "mine" is forbidden: user not permitted to approve requests with signerName "example.com/mine"',
  });
  const failed = { type: "Failed", status: "True", reason: "r", message: "m" };
  const status = { conditions: [failed] };
  await assert.rejects(scheduler.certificatesigningrequests.updateStatus({ ...(await get("mine")), status }), {
    message: /user not permitted to sign requests with signerName "example.com\/mine"$/,
  });
  const signers = { apiGroups: ["certificates.k8s.io"], resources: ["signers"], resourceNames: ["example.com/*"] };
  await server.client.clusterroles.update({
    ...(await server.client.clusterroles.get({ name: "writer" })),
    rules: [...rules, { ...signers, verbs: ["approve"] }],
  });
  await eventually(async () => {
    await approve();
    return true;
  });
});
