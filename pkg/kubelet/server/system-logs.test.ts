import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { HttpError } from "./host.ts";
import { serveSystemLog } from "./system-logs.ts";

let root = "";
let base = "";
const server = http.createServer((request, response) => {
  const path = (request.url ?? "").split("/").slice(2).map(decodeURIComponent);
  serveSystemLog({ path, response, signal: AbortSignal.timeout(5_000), root: join(root, "log") }).catch((error) => {
    response.writeHead(error instanceof HttpError ? error.status : 500).end(String(error.message));
  });
});

before(async () => {
  root = await mkdtemp(join(tmpdir(), "kubets-logs-"));
  await mkdir(join(root, "log/pods"), { recursive: true });
  await writeFile(join(root, "log/a <b>.log"), "one\ntwo\n");
  await writeFile(join(root, "log/empty"), "");
  await writeFile(join(root, "secret"), "not a log");
  await symlink("../secret", join(root, "log/outside"));
  await symlink("pods", join(root, "log/inside"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.close();
  await rm(root, { recursive: true });
});

const get = (path: string) => fetch(base + path, { redirect: "manual" });

test("a directory is a page of links, a file its bytes", async () => {
  const page = await (await get("/logs/")).text();
  assert.match(page, /<a href="pods\/">pods\/<\/a>/);
  assert.match(page, /<a href="a%20%3Cb%3E\.log">a &lt;b&gt;\.log<\/a>/);
  assert.equal(await (await get("/logs/a%20%3Cb%3E.log")).text(), "one\ntwo\n");
  assert.equal(await (await get("/logs/empty")).text(), "");
  assert.equal((await get("/logs/inside/")).status, 200);
});

for (const [path, status] of [
  ["/logs/pods", 301],
  ["/logs/none", 404],
  ["/logs/empty/x", 404],
  ["/logs/outside", 403],
  ["/logs/%2e%2e%2fsecret", 400],
  ["/logs/..%2f..", 400],
  ["/logs/%00", 400],
] as const) {
  test(`${path}: ${status}`, async () => assert.equal((await get(path)).status, status));
}
