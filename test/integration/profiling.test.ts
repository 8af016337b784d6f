/** Profiles of a running server: for who may read them, in the formats that Chrome opens. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { Http } from "./model/http.ts";

let server: TestApiServer;
let admin: Http;

before(async () => {
  server = await startTestApiServer();
  admin = new Http(server.connection(pkiPaths.admin));
});
after(async () => {
  admin?.cut();
  await server?.[Symbol.asyncDispose]();
});

interface CpuProfile {
  readonly nodes: readonly { readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly samples: readonly number[];
}

test("a CPU profile names what the server did meanwhile", async () => {
  const taking = admin.ask("GET", "/debug/pprof/profile?seconds=1");
  for (let i = 0; i < 200; i += 1) await admin.ask("GET", "/api/v1/namespaces");
  const { status, body } = await taking;
  assert.equal(status, 200);
  const { nodes, samples } = body as CpuProfile;
  assert.ok(samples.length > 100, `${samples.length} samples`);
  assert.ok(nodes.some(({ callFrame }) => callFrame.url.endsWith("/pkg/apiserver/handler.ts")));
});

test("a heap profile and a heap snapshot", async () => {
  const taking = admin.ask("GET", "/debug/pprof/heap?seconds=1");
  // Sampled is what stays: objects that the server keeps.
  const data = { text: "x".repeat(100_000) };
  for (let i = 0; i < 40; i += 1) {
    const map = { metadata: { name: `kept-${i}` }, data };
    await admin.ask("POST", "/api/v1/namespaces/default/configmaps", map);
  }
  const { body } = await taking;
  assert.ok((body as { head: { children: unknown[] } }).head.children.length > 0);
  const snapshot = await admin.ask("GET", "/debug/pprof/heapsnapshot");
  assert.ok((snapshot.body as { snapshot: { node_count: number } }).snapshot.node_count > 10_000);
});

test("one at a time, for a time that makes sense", async () => {
  const first = admin.ask("GET", "/debug/pprof/profile?seconds=0.5");
  const second = await admin.ask("GET", "/debug/pprof/profile?seconds=0.5");
  assert.equal(second.status, 409);
  assert.equal((await first).status, 200);
  for (const seconds of ["0", "-1", "x", "301", ""]) {
    assert.equal((await admin.ask("GET", `/debug/pprof/heap?seconds=${seconds}`)).status, 400, seconds);
  }
});

test("whoever hangs up ends the profile", async () => {
  using other = new Http(server.connection(pkiPaths.admin));
  const given = other.ask("GET", "/debug/pprof/profile?seconds=60").catch(() => undefined);
  await admin.ask("GET", "/version");
  other.cut();
  await given;
  const until = performance.now() + 5_000;
  let status = 0;
  while (status !== 200 && performance.now() < until) {
    ({ status } = await admin.ask("GET", "/debug/pprof/profile?seconds=0.01"));
  }
  assert.equal(status, 200);
});

test("who has no right to the path gets no profile", async () => {
  using scheduler = new Http(server.connection("scheduler"));
  assert.equal((await scheduler.ask("GET", "/debug/pprof/profile?seconds=1")).status, 403);
  const { ca, server: url } = server.connection(pkiPaths.admin);
  using nobody = new Http({ server: url, ...(ca && { ca }), userAgent: "nobody" });
  assert.equal((await nobody.ask("GET", "/debug/pprof/profile?seconds=1")).status, 403);
});
