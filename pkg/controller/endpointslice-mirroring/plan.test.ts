import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSubset, Endpoints } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { addressesMax, isMirrored, type Mirror, plan } from "./plan.ts";
import { repack } from "./repack.ts";

const of = (...subsets: EndpointSubset[]): Endpoints => ({ metadata: { name: "e", uid: "1" }, subsets });
const show = ({ ports, endpoints }: Mirror) => [ports.map((p) => p.port), endpoints.map((e) => e.addresses[0])];
const sliceOf = (name: string, { labels, annotations, ...content }: Mirror): EndpointSlice => ({
  metadata: { name, labels, annotations },
  ...content,
});

test("subsets are packed by the addresses of each port", () => {
  const packed = repack([
    { ports: [{ name: "a", port: 80 }], addresses: [{ ip: "10.0.0.1" }], notReadyAddresses: [{ ip: "10.0.0.2" }] },
    { ports: [{ name: "b", port: 81 }], addresses: [{ ip: "10.0.0.1" }], notReadyAddresses: [{ ip: "10.0.0.2" }] },
    { ports: [{ name: "a", port: 80 }], notReadyAddresses: [{ ip: "10.0.0.1" }] },
    { addresses: [{ ip: "10.0.0.3" }] },
  ]);
  assert.deepEqual(
    packed.map(({ ports, addresses }) => [
      ports.map(({ name }) => name),
      addresses.map((a) => `${a.address.ip}${a.ready ? "" : "!"}`),
    ]),
    [
      [
        ["a", "b"],
        ["10.0.0.1", "10.0.0.2!"],
      ],
      [[], ["10.0.0.3"]],
    ],
  );
});

test("what the first subset tells of an address holds for all its ports", () => {
  const targetRef = { kind: "Pod", name: "p" };
  const packed = repack([
    { ports: [{ name: "a", port: 80 }], addresses: [{ ip: "10.0.0.1", targetRef }] },
    { ports: [{ name: "b", port: 81 }], addresses: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] },
  ]);
  assert.deepEqual(packed[1]?.addresses[0]?.address.targetRef, targetRef);
});

test("one slice for each family and set of ports; wrong addresses are counted", () => {
  const endpoints = of({
    ports: [{ port: 80 }],
    addresses: [{ ip: "010.0.0.1" }, { ip: "FD00:0::1" }, { ip: "nowhere" }],
  });
  const { create, invalid, skipped } = plan(endpoints, []);
  assert.deepEqual(create.map(show), [
    [[80], ["10.0.0.1"]],
    [[80], ["fd00::1"]],
  ]);
  assert.deepEqual([invalid, skipped], [1, 1]);
});

test("what is right stays, what is not is changed, what is left over goes", () => {
  const endpoints = of({ ports: [{ port: 80 }], addresses: [{ ip: "10.0.0.1" }, { ip: "10.0.0.2" }] });
  const [mirror] = plan(endpoints, []).create;
  assert.ok(mirror);
  const right = sliceOf("a", { ...mirror, endpoints: mirror.endpoints.toReversed() });
  const more = sliceOf("b", mirror);
  const kept = plan(endpoints, [right, more]);
  assert.deepEqual([kept.create.length, kept.update.length, kept.remove.map((s) => s.metadata.name)], [0, 0, ["b"]]);
  const relabelled = { ...right, metadata: { ...right.metadata, labels: {} } };
  assert.equal(plan(endpoints, [relabelled]).update.length, 1);
  const stranger = { apiVersion: "v1", kind: "Endpoints", name: "e", uid: "0" };
  const orphaned = { ...right, metadata: { ...right.metadata, ownerReferences: [stranger] } };
  assert.equal(plan(endpoints, [orphaned]).update.length, 1);
});

test("too many addresses are left out", () => {
  const ips = Array.from({ length: addressesMax + 5 }, (_, i) => ({ ip: `10.0.${i >> 8}.${i & 255}` }));
  const { create, invalid, skipped } = plan(of({ ports: [{ port: 80 }], addresses: ips }), []);
  assert.equal(create[0]?.endpoints.length, addressesMax);
  assert.deepEqual([invalid, skipped], [0, 5]);
});

test("who is not mirrored", () => {
  const labelled = (labels: Record<string, string>, annotations: Record<string, string> = {}) =>
    isMirrored({ metadata: { name: "e", labels, annotations } });
  assert.equal(labelled({}), true);
  assert.equal(labelled({ "endpointslice.kubernetes.io/skip-mirror": "true" }), false);
  assert.equal(labelled({}, { "control-plane.alpha.kubernetes.io/leader": "{}" }), false);
});
