/** Paths, queries and headers that no client sends by intention. Each gets an answer, and the next request too. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { BadClient, type RawAnswer } from "./bad-input/server.ts";
import { Random } from "./model/random.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";
const seed = Number(process.env["BAD_INPUT_SEED"] ?? 1);

let client: BadClient;

before(async () => {
  client = await BadClient.start();
});
after(() => client?.[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}): Promise<RawAnswer> =>
  client.ask({ method: "GET", path, headers });

/** Upstream itself answers some mistakes with 500 in words of its own; a fault that nobody foresaw has these. */
function assertNoFault({ status, text }: RawAnswer, what: string): void {
  assert.ok(status >= 200 && !text.includes("Internal error occurred"), `${what}: ${status} ${text.slice(0, 300)}`);
}

/** Over HTTP/1.1: the HTTP/2 of Node ends a connection on which one header is longer than 64 kB. */
async function getLong(path: string): Promise<{ status: number; text: string }> {
  const text = await client.raw(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

test("selectors of a hundred kilobytes", async () => {
  const values = Array.from({ length: 10_000 }, (_, i) => `value-${i}`).join();
  const rows: [name: string, query: string, status: number][] = [
    ["labels", `labelSelector=${encodeURIComponent(`a in (${values})`)}`, 200],
    ["many requirements", `labelSelector=${Array.from({ length: 10_000 }, (_, i) => `a${i}%3Db`).join("%2C")}`, 200],
    ["fields", `fieldSelector=${Array.from({ length: 5_000 }, () => "metadata.name%3Da").join("%2C")}`, 200],
    ["a value too long", `labelSelector=a%3D${"x".repeat(100_000)}`, 400],
    ["open brackets", `labelSelector=${"(".repeat(100_000)}`, 400],
    ["an unknown field", `fieldSelector=${"x".repeat(100_000)}%3Da`, 400],
  ];
  for (const [name, query, status] of rows) {
    const answer = await getLong(`${pods}?${query}`);
    assert.equal(answer.status, status, `${name}: ${answer.text.slice(0, 300)}`);
    await get(`${pods}?${query}`).catch(() => undefined);
    assert.equal((await get("/version")).status, 200, `after ${name}`);
  }
});

test("queries that make no sense", async () => {
  const names = [
    "limit",
    "continue",
    "resourceVersion",
    "resourceVersionMatch",
    "timeoutSeconds",
    "watch",
    "dryRun",
    "labelSelector",
    "fieldSelector",
    "sendInitialEvents",
    "allowWatchBookmarks",
    "timeout",
    "pretty",
    "fieldManager",
    "fieldValidation",
    "gracePeriodSeconds",
    "propagationPolicy",
  ];
  const values = [
    "",
    "-1",
    "0",
    "1",
    "x",
    "1e999",
    "NaN",
    "99999999999999999999",
    "%00",
    "%ff",
    "{",
    "eyJ2Ijoi",
    "bnVsbA",
    "W10",
    "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4ifQ",
    "a,b",
    "All",
    "=",
    "!=",
    "a in ()",
    "__proto__",
    "é".repeat(200),
  ];
  const random = new Random(seed);
  for (let i = 0; i < 400; i += 1) {
    const query = new URLSearchParams();
    for (let n = 1 + random.below(3); n > 0; n -= 1) query.append(random.pick(names), random.pick(values));
    // A watch would stay.
    if (query.has("watch")) query.set("timeoutSeconds", "1");
    const method = random.pick(["GET", "GET", "DELETE", "POST", "PUT", "PATCH"]);
    const path = `${random.pick([maps, `${maps}/a`])}?${query}`;
    const opened = client.ask({
      method,
      path,
      ...(method === "GET" ? {} : { headers: { "content-type": "application/json" }, body: "{}" }),
    });
    assertNoFault(await opened, `seed ${seed}: ${method} ${path}`);
  }
});

test("paths that lead nowhere", async () => {
  const paths = [
    "//",
    "/api//v1",
    "/api/v1/namespaces//pods",
    "/%",
    "/%zz",
    "/api/v1/%00",
    "/api/v1/namespaces/%ff/pods",
    "/api/v1/namespaces/..%2f..%2fregistry/pods",
    "/api/v1/namespaces/%2e%2e/pods/x",
    `/${"a/".repeat(5_000)}`,
    `/api/v1/namespaces/${"n".repeat(50_000)}/pods`,
    "/apis/__proto__/v1/x",
    "/api/v1/constructor",
    "/api/v1/__proto__",
    "/apis/apps/v1/namespaces/default/deployments/a/b/c/d",
    "/openapi/v3/../../etc/passwd",
  ];
  for (const path of paths) {
    for (const method of ["GET", "POST", "DELETE"]) {
      const headers = method === "POST" ? { "content-type": "application/json" } : {};
      const answer = await client.ask({ method, path, headers, ...(method === "POST" ? { body: "{}" } : {}) });
      assert.ok(
        answer.status >= 200 && answer.status < 500,
        `${method} ${path.slice(0, 60)}: ${answer.status} ${answer.text.slice(0, 200)}`,
      );
    }
  }
});

test("methods that there are not", async () => {
  for (const method of ["BREW", "TRACE", "OPTIONS", "get", "CONNECTED", "PROPFIND"]) {
    const { status, text } = await client.ask({ method, path: maps });
    assert.equal(status, 405, `${method}: ${text.slice(0, 200)}`);
  }
});

test("headers of every kind", async () => {
  const types: [accept: string, statuses: readonly number[]][] = [
    ["*/*", [200]],
    ["", [200]],
    ["application/json;q=2", [200, 406]],
    [";;;,,,", [200, 406]],
    ["application/json;as=Table;g=meta.k8s.io;v=v9", [406]],
    ["application/cbor", [406]],
    ["text/html", [406]],
    [`${"application/x, ".repeat(5_000)}*/*`, [200]],
    ["application/vnd.kubernetes.protobuf;as=__proto__", [200, 406]],
  ];
  for (const [accept, statuses] of types) {
    const { status } = await get(maps, { accept });
    assert.ok(statuses.includes(status), `accept ${accept.slice(0, 60)}: ${status}`);
  }
  for (const type of [
    "",
    "application/xml",
    "application/json; charset=x",
    "/",
    "application/json, text/html",
    "\tapplication/json",
  ]) {
    const answer = await client.ask({ method: "POST", path: maps, body: "{}", headers: { "content-type": type } });
    assertNoFault(answer, `content-type ${type}`);
  }
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-${i}`, "y".repeat(300)]));
  assert.equal((await get(maps, many)).status, 200, "three hundred headers, a hundred kilobytes");
  for (const authorization of [
    "Bearer",
    "Bearer ",
    "Bearer a.b.c",
    `Bearer ${"x".repeat(60_000)}`,
    "Basic eDp5",
    "bearer é",
  ]) {
    const answer = await get(maps, { authorization: Buffer.from(authorization).toString("latin1") });
    assertNoFault(answer, `authorization ${authorization.slice(0, 30)}`);
  }
  for (const name of [
    "impersonate-user",
    "impersonate-group",
    "impersonate-extra-%zz",
    "impersonate-uid",
    "audit-id",
    "user-agent",
    "accept-encoding",
    "if-none-match",
  ]) {
    assertNoFault(await get(maps, { [name]: "x".repeat(5_000) }), name);
  }
});

test("HTTP/1.1: what is no request is answered with 400 or nothing, and the server goes on", async () => {
  const rows: [name: string, bytes: string, wanted: RegExp][] = [
    ["garbage", "\x00\x01\x02\x03\r\n\r\n", /^HTTP\/1\.1 400/],
    ["no version", `GET ${maps}\r\n\r\n`, /^HTTP\/1\.1 (200|400)/],
    ["no host", `GET /version HTTP/1.1\r\n\r\n`, /^HTTP\/1\.1 400/],
    [
      "length and chunks",
      `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400/,
    ],
    [
      "two lengths",
      `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n`,
      /^HTTP\/1\.1 400/,
    ],
    ["a negative length", `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n`, /^HTTP\/1\.1 400/],
    [
      "a wrong chunk",
      `POST ${maps} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`,
      /^(HTTP\/1\.1 400|$)/,
    ],
    ["a header without a name", "GET /version HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", /^HTTP\/1\.1 400/],
    ["a folded header", "GET /version HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n", /^HTTP\/1\.1 (200|400)/],
    [
      "headers in odd case",
      "GET /version HTTP/1.1\r\nhOsT: a\r\naCCept: application/json\r\nCONNECTION: close\r\n\r\n",
      /^HTTP\/1\.1 200/,
    ],
    [
      "two megabytes of headers",
      `GET /version HTTP/1.1\r\nHost: a\r\n${`X-A: ${"b".repeat(1_000)}\r\n`.repeat(2_000)}\r\n`,
      /^(HTTP\/1\.1 (400|431)|$)/,
    ],
    [
      "an upgrade to nothing",
      "GET /version HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n",
      /^HTTP\/1\.1 (200|400|426)/,
    ],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^(HTTP\/1\.1 [45]0|$)/],
  ];
  for (const [name, bytes, wanted] of rows) {
    assert.match((await client.raw(Buffer.from(bytes, "latin1"))).slice(0, 200), wanted, name);
    assert.equal((await get("/version")).status, 200, `after ${name}`);
  }
});
