import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { get, httpTarget } from "./http.ts";

let server: Server;
let port = 0;
before(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://host");
    const location = searchParams.get("to");
    if (pathname === "/around") response.writeHead(302, { location: request.url }).end();
    else if (location !== null) response.writeHead(302, { location }).end("elsewhere");
    else response.writeHead(pathname === "/broken" ? 500 : 200).end(`${pathname} ${request.headers["user-agent"]}`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => server.close());

const ask = (path: string) => get(httpTarget({ path, port }, { name: "c" }, "127.0.0.1"), { timeoutMs: 2_000 });

test("a redirect on the host is followed", async () => {
  const answer = await ask("/?to=/there");
  assert.deepEqual([answer.status, answer.body], [200, "/there kube-probe/1.35"]);
  assert.equal((await ask(`/?to=http://127.0.0.1:${port}/broken`)).status, 500);
});

test("a redirect to another host is the answer", async () => {
  for (const elsewhere of ["http://0.0.0.0/", "ftp://127.0.0.1/", "http://"]) {
    const { status, body } = await ask(`/?to=${encodeURIComponent(elsewhere)}`);
    assert.deepEqual([status, body], [302, "elsewhere"], elsewhere);
  }
});

test("redirects have an end", async () => {
  await assert.rejects(ask("/around"), {
    message: `Get "http://127.0.0.1:${port}/around": stopped after 10 redirects`,
  });
});
