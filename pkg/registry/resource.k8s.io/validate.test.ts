import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  Device,
  DeviceClaim,
  ResourceClaim,
  ResourceClaimStatus,
  ResourceSlice,
} from "#api/types/resource.k8s.io/v1";
import { shownKey } from "./devices/names.ts";
import { validateClaimStatus } from "./resourceclaims/status.ts";
import { validateNewClaim } from "./resourceclaims/validate.ts";
import { validateNewSlice } from "./resourceslices/validate.ts";

const texts = (errors: readonly { field: string; detail: string }[]) =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);
const exactly = { deviceClassName: "c", allocationMode: "ExactCount" as const, count: 1 };
const claim = (devices: DeviceClaim, status: ResourceClaimStatus = {}): ResourceClaim => ({
  metadata: { name: "c" },
  spec: { devices },
  status,
});
const slice = (device: Partial<Device>): ResourceSlice => ({
  metadata: { name: "s" },
  spec: {
    driver: "gpu.example.com",
    nodeName: "n",
    pool: { name: "p", generation: 1, resourceSliceCount: 1 },
    devices: [{ name: "d", ...device }],
  },
});

const claims: readonly { name: string; devices: DeviceClaim; says: readonly string[] }[] = [
  { name: "good", devices: { requests: [{ name: "r", exactly }] }, says: [] },
  {
    name: "alternatives and their names",
    devices: {
      requests: [
        {
          name: "r",
          firstAvailable: [
            { name: "a", ...exactly },
            { name: "a", ...exactly, count: 0 },
          ],
        },
      ],
      constraints: [{ requests: ["r/a", "r/b", "a/b/c"], matchAttribute: "x" }],
    },
    says: [
      "spec.devices.requests[0].firstAvailable[1].count: Invalid value: 0: must be greater than zero",
      'spec.devices.requests[0].firstAvailable[1]: Duplicate value: "a"',
      "spec.devices.constraints[0].requests[1]: Invalid value: \"r/b\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      "spec.devices.constraints[0].requests[2]: Invalid value: \"a/b/c\": must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
      'spec.devices.constraints[0].matchAttribute: Invalid value: "x": a fully qualified name must be a domain and a name separated by a slash',
    ],
  },
  {
    name: "more requests than are looked into",
    devices: { requests: Array.from({ length: 33 }, () => ({ name: "" })) },
    says: ["spec.devices.requests: Too many: 33: must have at most 32 items"],
  },
  {
    name: "configuration",
    devices: { requests: [{ name: "r", exactly }], config: [{ opaque: { driver: "d", parameters: [] as never } }, {}] },
    says: [
      'spec.devices.config[0].opaque.parameters: Invalid value: "<value omitted>": must be a valid JSON object',
      "spec.devices.config[1].opaque: Required value",
    ],
  },
];

for (const { name, devices, says } of claims) {
  test(`a claim: ${name}`, () => assert.deepEqual(texts(validateNewClaim(claim(devices))), says));
}

test("attributes have one value and a name that an expression can use", () => {
  const attributes = { "a-b": { bool: true }, "/x": { int: 1 }, v: { version: "1.0", string: "s" } };
  assert.deepEqual(
    texts(validateNewSlice(slice({ attributes }))).map((text) => text.slice(0, 88)),
    [
      'spec.devices[0].attributes[/x]: Invalid value: "": the domain must not be empty',
      'spec.devices[0].attributes[a-b]: Invalid value: "a-b": a valid C identifier must start w',
      'spec.devices[0].attributes[v].version: Invalid value: "1.0": must be a string compatible',
      'spec.devices[0].attributes[v]: Invalid value: {"IntValue":null,"BoolValue":null,"StringV',
    ],
  );
});

test("only allocated devices have a state, and only allocated claims are reserved", () => {
  const requests = [{ name: "r", exactly }];
  const device = { driver: "d.example.com", pool: "p", device: "d" };
  const allocation = { devices: { results: [{ request: "r", ...device }] } };
  const used = { resource: "pods", name: "p", uid: "u" };
  const old = claim({ requests });
  const good = claim({ requests }, { allocation, devices: [device], reservedFor: [used] });
  assert.deepEqual(texts(validateClaimStatus(good, old)), []);
  assert.deepEqual(texts(validateClaimStatus(claim({ requests }, { devices: [device], reservedFor: [used] }), old)), [
    'status.devices[0]: Invalid value: {"Driver":"d.example.com","Pool":"p","Device":"d","ShareID":""}: must be an allocated device in the claim',
    "status.reservedFor: Forbidden: may not be specified when `allocated` is not set",
  ]);
});

test("a long key loses its middle", () => {
  assert.equal(shownKey("abcdefghijklmnopqrstuvwxyz", 16), "abcdefg...uvwxyz");
  assert.equal(shownKey("abcdefghijklmnop", 16), "abcdefghijklmnop");
});
