import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { parse } from "yaml";
import {
  buildKubeconfig,
  ensurePki,
  mergeKubeconfig,
  type PkiRequest,
  pkiPaths,
  planPki,
  removeFromKubeconfig,
} from "./index.ts";
import { dayMs } from "./model.ts";

const request: PkiRequest = {
  clusterDomain: "cluster.local",
  serviceIp: "10.96.0.1",
  advertiseIps: ["192.0.2.7"],
  nodes: [{ name: "node-1", ip: "192.0.2.7" }],
};

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubets-pki-"));
});
after(() => rm(directory, { recursive: true, force: true }));

test("a fresh directory gets every certificate, a second run issues nothing", async () => {
  const plan = planPki(request);
  const first = await ensurePki(directory, plan);
  assert.equal(first.issued.length, plan.authorities.length + plan.leaves.length + 1);
  const again = await ensurePki(directory, plan);
  assert.deepEqual(again.issued, []);
  assert.equal(again.pairs.get("admin")?.certificate, first.pairs.get("admin")?.certificate);
});

test("what the certificates say", async () => {
  const { pairs } = await ensurePki(directory, planPki(request));
  const certificate = (path: string) => new X509Certificate(pairs.get(path)!.certificate);
  const rows = [
    { path: pkiPaths.admin, subject: "O=system:masters\nCN=kubernetes-admin" },
    { path: pkiPaths.kubeletClient("node-1"), subject: "O=system:nodes\nCN=system:node:node-1" },
    { path: pkiPaths.scheduler, subject: "CN=system:kube-scheduler" },
  ];
  for (const row of rows) assert.equal(certificate(row.path).subject, row.subject, row.path);
  const names = certificate(pkiPaths.apiserver).subjectAltName!;
  for (const name of ["DNS:kubernetes.default.svc.cluster.local", "IP Address:10.96.0.1", "IP Address:192.0.2.7"]) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(certificate(pkiPaths.frontProxyClient).verify(certificate(pkiPaths.frontProxyCa).publicKey));
  assert.ok(!certificate(pkiPaths.frontProxyClient).verify(certificate(pkiPaths.ca).publicKey));
  assert.ok(certificate(pkiPaths.ca).ca);
  assert.ok(!certificate(pkiPaths.admin).ca);
});

test("keys are for the owner only", async () => {
  for (const file of ["ca.key", "admin.key", "sa.key", "etcd/client.key"]) {
    assert.equal((await stat(join(directory, file))).mode & 0o777, 0o600, file);
  }
});

test("renewal: near the end, names changed, file broken; authorities and the token key stay", async () => {
  const plan = planPki(request);
  const sa = await readFile(join(directory, "sa.key"), "utf8");
  const ca = await readFile(join(directory, "ca.crt"), "utf8");
  const later = await ensurePki(directory, plan, new Date(Date.now() + 306 * dayMs));
  assert.equal(later.issued.length, plan.leaves.length);
  const moved = planPki({ ...request, nodes: [{ name: "node-1", ip: "192.0.2.8" }] });
  assert.deepEqual((await ensurePki(directory, moved)).issued, ["apiserver", "kubelet-node-1-serving"]);
  await writeFile(join(directory, "admin.crt"), "garbage");
  assert.deepEqual((await ensurePki(directory, moved)).issued, ["admin"]);
  assert.equal(await readFile(join(directory, "sa.key"), "utf8"), sa);
  assert.equal(await readFile(join(directory, "ca.crt"), "utf8"), ca);
});

test("a TLS server accepts our client and the client our server", async () => {
  const { pairs } = await ensurePki(directory, planPki(request));
  const server = pairs.get(pkiPaths.apiserver)!;
  const ca = pairs.get(pkiPaths.ca)!.certificate;
  const options = { cert: server.certificate, key: server.key, ca, requestCert: true, rejectUnauthorized: true };
  const listener = createServer(options, (_, response) => response.end("ok")).listen(0, "127.0.0.1");
  await new Promise((resolve) => listener.once("listening", resolve));
  const { get } = await import("node:https");
  const client = pairs.get(pkiPaths.admin)!;
  const status = await new Promise((resolve, reject) => {
    const { port } = listener.address() as AddressInfo;
    get({ port, host: "127.0.0.1", ca, cert: client.certificate, key: client.key, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on("error", reject);
  });
  listener.close();
  assert.equal(status, 200);
});

const own = { name: "kubets", server: "https://127.0.0.1:6443", ca: "CA", client: { certificate: "C", key: "K" } };

test("merging into the user's kubeconfig", () => {
  const other =
    "clusters: [{name: prod, cluster: {}}]\nusers: []\ncontexts: [{name: prod, context: {cluster: prod}}]\n";
  const rows = [
    { name: "no file", existing: "", current: "kubets", kept: undefined, contexts: ["kubets"] },
    { name: "no current", existing: other, current: "kubets", kept: undefined, contexts: ["prod", "kubets"] },
    {
      name: "another current",
      existing: `${other}current-context: prod\n`,
      current: "prod",
      kept: "prod",
      contexts: ["prod", "kubets"],
    },
    {
      name: "again",
      existing: mergeKubeconfig("", own).text,
      current: "kubets",
      kept: undefined,
      contexts: ["kubets"],
    },
  ];
  for (const row of rows) {
    const merged = mergeKubeconfig(row.existing, own);
    const config = parse(merged.text);
    assert.equal(config["current-context"], row.current, row.name);
    assert.equal(merged.keptContext, row.kept, row.name);
    assert.deepEqual(
      config.contexts.map((context: { name: string }) => context.name),
      row.contexts,
      row.name,
    );
  }
  assert.throws(() => mergeKubeconfig("- a list", own), /not a kubeconfig/);
  const removed = parse(removeFromKubeconfig(mergeKubeconfig(other, own).text, "kubets"));
  assert.deepEqual(removed.contexts.length, 1);
  assert.equal(removed["current-context"], "");
});

test("a component's kubeconfig embeds its certificates", () => {
  const config = parse(buildKubeconfig(own));
  assert.equal(Buffer.from(config.users[0].user["client-key-data"], "base64").toString(), "K");
  assert.equal(config.clusters[0].cluster.server, own.server);
});
