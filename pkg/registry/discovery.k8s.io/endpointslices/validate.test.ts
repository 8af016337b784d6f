import assert from "node:assert/strict";
import { test } from "node:test";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import type { StrategyContext } from "../../strategy.ts";
import { endpointslices } from "./strategy.ts";
import { validateEndpointSliceUpdate, validateNewEndpointSlice } from "./validate.ts";

const slice = (more: Partial<EndpointSlice>): EndpointSlice => ({
  metadata: { name: "s", namespace: "default" },
  addressType: "IPv4",
  endpoints: [],
  ports: [],
  ...more,
});
const said = (of: EndpointSlice): string[] =>
  validateNewEndpointSlice(of).map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a new slice", () => {
  const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);
  const rows: [name: string, more: Partial<EndpointSlice>, says: string[]][] = [
    [
      "an IPv6 address among IPv4 ones",
      { endpoints: [{ addresses: ["2001:db8::1"] }] },
      ['endpoints[0].addresses: Invalid value: "2001:db8::1": must be an IPv4 address'],
    ],
    [
      "IPv6 not in its canonical form",
      { addressType: "IPv6", endpoints: [{ addresses: ["2001:DB8::1"] }] },
      ['endpoints[0].addresses[0]: Invalid value: "2001:DB8::1": must be in canonical form ("2001:db8::1")'],
    ],
    [
      "a domain of one label",
      { addressType: "FQDN", endpoints: [{ addresses: ["a"] }] },
      [
        'endpoints[0].addresses[0]: Invalid value: "a": should be a domain with at least two segments separated by dots',
      ],
    ],
    [
      "the same port name twice",
      {
        ports: [
          { name: "a", protocol: "TCP" },
          { name: "a", protocol: "UDP" },
        ],
      },
      ['ports[1].name: Duplicate value: "a"'],
    ],
    [
      "the same hint twice",
      { endpoints: [{ addresses: ["10.0.0.1"], hints: { forZones: [{ name: "z" }, { name: "z" }] } }] },
      ['endpoints[0].hints.forZones[1].name: Duplicate value: "z"'],
    ],
    [
      "too many addresses",
      { endpoints: [{ addresses: many(101, "10.0.0.1") }] },
      ["endpoints[0].addresses: Too many: 101: must have at most 100 items"],
    ],
    [
      "too many endpoints, which are not looked at",
      { endpoints: many(1001, { addresses: [] }) },
      ["endpoints: Too many: 1001: must have at most 1000 items"],
    ],
  ];
  for (const [name, more, says] of rows) assert.deepEqual(said(slice(more)), says, name);
});

test("endpoints that stay as they are may break newer rules", () => {
  const old = slice({ endpoints: [{ addresses: ["127.0.0.1"] }] });
  const labelled = { ...old, metadata: { ...old.metadata, labels: { a: "b" } } };
  assert.deepEqual(validateEndpointSliceUpdate(labelled, old), []);
  const moved = slice({ endpoints: [{ addresses: ["127.0.0.2"] }] });
  assert.equal(validateEndpointSliceUpdate(moved, old).length, 1);
});

test("new labels are a new generation, old topology is dropped", () => {
  const old = slice({ metadata: { name: "s", generation: 3 }, endpoints: [{ addresses: ["10.0.0.1"] }] });
  const next = slice({
    metadata: { name: "s", generation: 3, labels: { a: "b" } },
    endpoints: [{ addresses: ["10.0.0.2"], deprecatedTopology: { zone: "z" } }],
  });
  endpointslices.prepareForUpdate?.(next, old, {} as StrategyContext);
  assert.equal(next.metadata.generation, 4);
  assert.deepEqual(next.endpoints, [{ addresses: ["10.0.0.2"] }]);
});
