import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObjectReader } from "../resources/reader.ts";
import { serviceResolver } from "./service-resolver.ts";

const spec = { type: "ClusterIP", clusterIP: "10.96.0.7", ports: [{ name: "https", port: 443 }], ipFamilies: ["IPv4"] };
const slice = (addressType: string, ports: object[], ...endpoints: object[]) => ({
  metadata: { labels: { "kubernetes.io/service-name": "hook" } },
  addressType,
  ports,
  endpoints,
});
const https = { name: "https", port: 8443 };
const ready = (address: string) => ({ addresses: [address], conditions: { ready: true } });
const four = slice("IPv4", [https], { addresses: ["10.0.0.1"], conditions: { ready: false } }, ready("10.0.0.2"));
const six = slice("IPv6", [https], ready("fd00::2"));
const elsewhere = { ...four, metadata: { labels: { "kubernetes.io/service-name": "other" } } };

function readerOf(service: object | undefined, slices: readonly object[]): ObjectReader {
  const get = () => Promise.resolve(service && { metadata: { name: "hook" }, spec: service });
  return { get, getLatest: get, list: () => Promise.resolve(slices) } as unknown as ObjectReader;
}

interface Row {
  readonly name: string;
  readonly service: object | undefined;
  readonly slices?: readonly object[];
  readonly toEndpoints?: boolean;
  readonly at?: { readonly host: string; readonly port: number };
  readonly error?: string;
}

const rows: readonly Row[] = [
  { name: "its own address", service: spec, at: { host: "10.96.0.7", port: 443 } },
  {
    name: "a name outside",
    service: { type: "ExternalName", externalName: "example.com" },
    at: { host: "example.com", port: 443 },
  },
  { name: "no Service", service: undefined, error: 'service "hook" not found' },
  {
    name: "no address",
    service: { ...spec, clusterIP: "None" },
    error: 'cannot route to service with ClusterIP "None"',
  },
  {
    name: "another port",
    service: { ...spec, ports: [{ port: 80 }] },
    error: 'no service port 443 found for service "hook"',
  },
  {
    name: "an endpoint that is ready",
    service: spec,
    toEndpoints: true,
    slices: [elsewhere, four],
    at: { host: "10.0.0.2", port: 8443 },
  },
  {
    name: "an endpoint of the first family",
    service: spec,
    toEndpoints: true,
    slices: [six, four],
    at: { host: "10.0.0.2", port: 8443 },
  },
  {
    name: "an endpoint of any family",
    service: spec,
    toEndpoints: true,
    slices: [six],
    at: { host: "fd00::2", port: 8443 },
  },
  {
    name: "no endpoints",
    service: spec,
    toEndpoints: true,
    slices: [elsewhere],
    error: 'no endpoints available for service "hook"',
  },
  {
    name: "endpoints without the port",
    service: spec,
    toEndpoints: true,
    slices: [slice("IPv4", [{ name: "x", port: 1 }], ready("10.0.0.2"))],
    error: 'no endpoints available for service "hook"',
  },
  {
    name: "a name outside has no endpoints",
    service: { type: "ExternalName" },
    toEndpoints: true,
    error: 'unsupported service type "ExternalName"',
  },
];
for (const { name, service, slices = [], toEndpoints = false, at, error } of rows) {
  test(name, async () => {
    const resolve = serviceResolver(readerOf(service, slices), { toEndpoints });
    const answer = resolve({ namespace: "default", name: "hook", port: 443 });
    if (error === undefined) assert.deepEqual(await answer, at);
    else await assert.rejects(answer, { message: error });
  });
}
