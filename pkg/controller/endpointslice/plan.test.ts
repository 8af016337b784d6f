import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { plan } from "./plan.ts";

const service = {
  metadata: { name: "web", namespace: "default", uid: "s" },
  spec: {
    selector: { app: "web" },
    publishNotReadyAddresses: true,
    ports: [{ name: "http", port: 80, targetPort: "http" }],
  },
} as unknown as Service;

const pod = (name: string, port: number): Pod =>
  ({
    metadata: { name, namespace: "default", uid: name },
    spec: { containers: [{ name: "c", ports: [{ name: "http", containerPort: port, protocol: "TCP" }] }] },
    status: { phase: "Running", podIP: `10.0.0.${port % 100}`, podIPs: [{ ip: `10.0.0.${port % 100}` }] },
  }) as unknown as Pod;

const one = pod("one", 3001);
const two = pod("two", 3002);
const nodeOf = () => undefined;

/** The slices that a plan makes of nothing, named in order. */
function slicesFor(pods: readonly Pod[]): EndpointSlice[] {
  return plan({ service, pods, slices: [], nodeOf }).create.map(
    (content, at) => ({ ...content, metadata: { name: `slice-${at}`, uid: `slice-${at}` } }) as EndpointSlice,
  );
}

const ports = ({ ports }: { readonly ports?: readonly { readonly port?: number }[] | null }) =>
  ports?.map(({ port }) => port);

test("pods with different numbers of a named port stand in slices of their own", () => {
  assert.deepEqual(slicesFor([one, two]).map(ports), [[3001], [3002]]);
});

test("what is as it should be is left alone", () => {
  const slices = slicesFor([one, two]);
  assert.deepEqual(plan({ service, pods: [one, two], slices, nodeOf }), { create: [], update: [], remove: [] });
});

for (const { name, keep, makes } of [
  { name: "the first", keep: 1, makes: 3001 },
  { name: "the second", keep: 0, makes: 3002 },
]) {
  test(`${name} of two slices is made again without touching the other`, () => {
    const slices = slicesFor([one, two]).slice(keep, keep + 1);
    const { create, update, remove } = plan({ service, pods: [one, two], slices, nodeOf });
    assert.deepEqual([create.map(ports), update, remove], [[[makes]], [], []]);
  });
}

test("a slice that nobody needs any more is used for others", () => {
  const slices = slicesFor([one]);
  const { create, update, remove } = plan({ service, pods: [two], slices, nodeOf });
  assert.deepEqual([create, remove], [[], []]);
  assert.deepEqual(
    update.map(({ slice, content }) => [slice.metadata.name, ports(content)]),
    [["slice-0", [3002]]],
  );
});

test("without pods one empty slice is left", () => {
  const slices = slicesFor([one, two]);
  const { create, update, remove } = plan({ service, pods: [], slices, nodeOf });
  assert.deepEqual([create, remove.map(({ metadata }) => metadata.name)], [[], ["slice-1"]]);
  assert.deepEqual(
    update.map(({ content }) => content.endpoints),
    [[]],
  );
});
