import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceClaim } from "#api/types/resource.k8s.io/v1";
import { adminAccessErrors } from "./admin-access.ts";

const claim = (...adminAccess: (boolean | undefined)[]): DeviceClaim => ({
  requests: adminAccess.map((wanted, at) => ({
    name: `r${at}`,
    exactly: { deviceClassName: "gpu", ...(wanted === undefined ? {} : { adminAccess: wanted }) },
  })),
});
const label = "resource.kubernetes.io/admin-access";

const rows: readonly (readonly [
  name: string,
  claim: DeviceClaim,
  labels: Record<string, string>,
  fields: readonly string[],
])[] = [
  ["nobody asks", claim(undefined, false), {}, []],
  ["a namespace that allows it", claim(true), { [label]: "true" }, []],
  ["a namespace that does not", claim(false, true, true), {}, ["spec.devices.requests[1].adminAccess"]],
  ["a label with another value", claim(true), { [label]: "yes" }, ["spec.devices.requests[0].adminAccess"]],
];

for (const [name, devices, labels, fields] of rows) {
  test(`admin access: ${name}`, async () => {
    const errors = await adminAccessErrors(devices, async () => labels);
    assert.deepEqual(
      errors.map(({ field }) => field),
      fields,
    );
  });
}

test("admin access: a namespace is only read when it matters", async () => {
  await adminAccessErrors(claim(false), () => assert.fail("was read"));
});
