import assert from "node:assert/strict";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { issueAuthority, issueLeaf } from "#pkg/pki/index.ts";
import { WebhookClient } from "./client.ts";

const now = new Date();
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const seen: { host: string | undefined; url: string | undefined; body: unknown }[] = [];
let server: https.Server;
let port = 0;
let caBundle = "";
let otherCa = "";

before(async () => {
  const authority = await issueAuthority({ path: "ca", commonName: "hooks" }, now);
  const leaf = { path: "hook", authority: "ca", commonName: "hook", organizations: [], usages: ["server"] as const };
  const pair = await issueLeaf({ ...leaf, dnsNames: ["hook.shop.svc"], ipAddresses: ["127.0.0.1"] }, authority, now);
  caBundle = base64(authority.certificate);
  otherCa = base64((await issueAuthority({ path: "ca", commonName: "others" }, now)).certificate);
  server = https.createServer({ cert: pair.certificate, key: pair.key }, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      seen.push({ host: request.headers.host, url: request.url, body: JSON.parse(Buffer.concat(parts).toString()) });
      const { pathname } = new URL(request.url ?? "", "https://x");
      if (pathname === "/slow") return;
      if (pathname === "/broken") response.writeHead(500).end("out of order");
      else if (pathname === "/nothing") response.writeHead(404).end();
      else if (pathname === "/words") response.writeHead(200).end("no JSON");
      else response.writeHead(200, { "content-type": "application/json" }).end('{"answer":1}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function connect(): WebhookClient {
  return new WebhookClient(({ name }) =>
    name === "gone"
      ? Promise.reject(new Error('service "gone" not found'))
      : Promise.resolve({ host: "127.0.0.1", port }),
  );
}

test("a Service is asked under its own name, wherever it leads", async () => {
  using client = connect();
  const config = { service: { name: "hook", namespace: "shop", path: "/check", port: 8443 }, caBundle };
  assert.deepEqual(await client.post({ config, body: { question: 1 }, timeoutMs: 5000 }), { answer: 1 });
  assert.deepEqual(seen.at(-1), { host: "hook.shop.svc:8443", url: "/check?timeout=5s", body: { question: 1 } });
});

const rows = [
  {
    name: "nobody listens",
    at: () => ({ url: "https://127.0.0.1:9/x" }),
    error: /^Post "https:\/\/127\.0\.0\.1:9\/x\?timeout=1s": dial tcp 127\.0\.0\.1:9: connect: connection refused$/,
  },
  {
    name: "another authority",
    at: () => ({ url: `https://127.0.0.1:${port}/`, caBundle: otherCa }),
    error: /: tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  },
  {
    name: "another name",
    at: () => ({ service: { name: "other", namespace: "shop" }, caBundle }),
    error:
      /^Post "https:\/\/other\.shop\.svc:443\/\?timeout=1s": tls: failed to verify certificate: x509: certificate is valid for hook\.shop\.svc, not other\.shop\.svc$/,
  },
  {
    name: "no such Service",
    at: () => ({ service: { name: "gone", namespace: "shop" }, caBundle }),
    error: /^Post "https:\/\/gone\.shop\.svc:443\/\?timeout=1s": service "gone" not found$/,
  },
  {
    name: "too slow",
    at: () => ({ url: `https://127.0.0.1:${port}/slow`, caBundle }),
    error: /\/slow\?timeout=1s": context deadline exceeded$/,
  },
  {
    name: "a failure of the webhook",
    at: () => ({ url: `https://127.0.0.1:${port}/broken`, caBundle }),
    error: /^an error on the server \("out of order"\) has prevented the request from succeeding$/,
  },
  {
    name: "a path that it does not have",
    at: () => ({ url: `https://127.0.0.1:${port}/nothing`, caBundle }),
    error: /^the server could not find the requested resource$/,
  },
  {
    name: "an answer that is no JSON",
    at: () => ({ url: `https://127.0.0.1:${port}/words`, caBundle }),
    error: /^couldn't get version\/kind; json parse error/,
  },
  { name: "nobody is named", at: () => ({}), error: /^webhook configuration must have either service or URL$/ },
];

for (const { name, at, error } of rows) {
  test(`what is told: ${name}`, async () => {
    using client = connect();
    await assert.rejects(client.post({ config: at(), body: {}, timeoutMs: 1000 }), { message: error });
  });
}
