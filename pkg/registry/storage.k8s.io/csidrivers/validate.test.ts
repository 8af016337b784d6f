import assert from "node:assert/strict";
import { test } from "node:test";
import type { CSIDriver, CSIDriverSpec } from "#api/types/storage.k8s.io/v1";
import type { StrategyContext } from "../../strategy.ts";
import { csidrivers } from "./strategy.ts";
import { validateDriver } from "./validate.ts";

const driver = (spec: CSIDriverSpec): CSIDriver => {
  const of = { metadata: { name: "d" }, spec: { ...spec } };
  csidrivers.applyDefaults?.(of);
  return of;
};

test("what is refused in a driver", () => {
  const rows: [name: string, spec: CSIDriverSpec, says: string[]][] = [
    [
      "one audience twice",
      { tokenRequests: [{ audience: "a" }, { audience: "a", expirationSeconds: 1 }] },
      ['spec.tokenRequests[1].audience: Duplicate value: "a"'],
    ],
    [
      "a token for a minute",
      { tokenRequests: [{ audience: "a", expirationSeconds: 60 }] },
      ["spec.tokenRequests[0].expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes"],
    ],
    [
      "a token for centuries",
      { tokenRequests: [{ audience: "a", expirationSeconds: 2 ** 32 + 1 }] },
      [
        "spec.tokenRequests[0].expirationSeconds: Invalid value: 4294967297: may not specify a duration larger than 2^32 seconds",
      ],
    ],
    [
      "secrets without tokens",
      { serviceAccountTokenInSecrets: false },
      [
        "spec.serviceAccountTokenInSecrets: Invalid value: false: serviceAccountTokenInSecrets is set but no tokenRequests are specified",
      ],
    ],
    [
      "too often",
      { nodeAllocatableUpdatePeriodSeconds: 9 },
      ["spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: must be greater than or equal to 10 seconds"],
    ],
  ];
  for (const [name, spec, says] of rows) {
    assert.deepEqual(
      validateDriver(driver(spec)).map(({ field, detail }) => `${field}: ${detail}`),
      says,
      name,
    );
  }
});

test("only changes count as generations", () => {
  const old = driver({});
  const next = driver({ storageCapacity: true });
  csidrivers.prepareForUpdate?.(next, old, {} as StrategyContext);
  assert.equal(next.metadata.generation, 1);
  const same = driver({});
  csidrivers.prepareForUpdate?.(same, old, {} as StrategyContext);
  assert.equal(same.metadata.generation, undefined);
});
