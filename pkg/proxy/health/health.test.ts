import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { pino } from "pino";
import { Registry } from "prom-client";
import type { Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { servePages } from "#pkg/component/pages.ts";
import { ServiceTracker } from "../tracker.ts";
import { healthPages, modePages, type ProxyHealth } from "./pages.ts";
import { ServiceChecks } from "./service-checks.ts";

const log = pino({ level: "silent" });

async function freePort(): Promise<number> {
  const server = createServer().listen(0);
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const service = (healthCheckNodePort: number): Service => ({
  metadata: { namespace: "n", name: "s" },
  spec: {
    type: "LoadBalancer",
    externalTrafficPolicy: "Local",
    healthCheckNodePort,
    clusterIP: "10.0.0.1",
    ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
  },
});

const slice = (endpoints: EndpointSlice["endpoints"]): EndpointSlice => ({
  metadata: { namespace: "n", name: "s-1", labels: { "kubernetes.io/service-name": "s" } },
  addressType: "IPv4",
  endpoints,
  ports: [{ name: "", port: 80, protocol: "TCP" }],
});

test("a load balancer's question is answered with the ready endpoints of this node", async () => {
  const port = await freePort();
  let isHealthy = true;
  await using checks = new ServiceChecks({ log, isHealthy: () => isHealthy });
  const tracker = new ServiceTracker("node-1");
  const ask = async () => {
    tracker.all();
    checks.follow(tracker.checks);
    // Listening begins in a later turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const response = await fetch(`http://127.0.0.1:${port}/`);
    return {
      status: response.status,
      weight: response.headers.get("x-load-balancing-endpoint-weight"),
      body: await response.json(),
    };
  };
  const answer = (localEndpoints: number, serviceProxyHealthy = true) => ({
    service: { namespace: "n", name: "s" },
    localEndpoints,
    serviceProxyHealthy,
  });
  tracker.setService(service(port));
  assert.deepEqual(await ask(), { status: 503, weight: "0", body: answer(0) });
  tracker.setSlice(
    slice([
      { addresses: ["10.1.0.1"], nodeName: "node-1", conditions: { ready: true } },
      { addresses: ["10.1.0.2"], nodeName: "node-1", conditions: { ready: false, serving: true, terminating: true } },
      { addresses: ["10.1.0.3"], nodeName: "node-2", conditions: { ready: true } },
    ]),
  );
  assert.deepEqual(await ask(), { status: 200, weight: "1", body: answer(1) });
  isHealthy = false;
  assert.deepEqual(await ask(), { status: 503, weight: "1", body: answer(1, false) });
  tracker.removeService("n/s");
  await assert.rejects(ask());
});

test("kube-proxy tells when its rules were last right", async () => {
  let health: ProxyHealth = {
    healthy: true,
    lastUpdated: 1,
    now: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    nodeEligible: true,
  };
  const pages = { ...healthPages(() => health), ...modePages };
  await using served = await servePages({ bindAddress: "127.0.0.1", port: 0, registry: new Registry(), pages });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${served.port}${path}`);
    return `${response.status} ${await response.text()}`;
  };
  const time = "2026-01-02 03:04:05.006 +0000 UTC";
  assert.equal(await ask("/healthz"), `200 {"lastUpdated":"${time}","currentTime":"${time}","nodeEligible":true}`);
  health = { ...health, nodeEligible: false };
  assert.equal(await ask("/healthz"), `503 {"lastUpdated":"${time}","currentTime":"${time}","nodeEligible":false}`);
  assert.equal(await ask("/livez"), `200 {"lastUpdated":"${time}","currentTime":"${time}"}`);
  health = { ...health, healthy: false, lastUpdated: 0 };
  assert.equal(await ask("/livez"), `503 {"lastUpdated":"0001-01-01 00:00:00 +0000 UTC","currentTime":"${time}"}`);
  assert.equal(await ask("/proxyMode"), "200 nftables");
});
