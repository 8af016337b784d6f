import assert from "node:assert/strict";
import { test } from "node:test";
import type { Secret } from "#api/types/core/v1";
import { lifeMs, signingToken, withSignatures } from "./plan.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const secret = (data: Record<string, string>, more: Partial<Secret> = {}): Secret => ({
  metadata: { name: "bootstrap-token-abcdef", namespace: "kube-system" },
  type: "bootstrap.kubernetes.io/token",
  data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
  ...more,
});
const right = { "token-id": "abcdef", "token-secret": "s", "usage-bootstrap-signing": "true" };

test("which secrets may sign", () => {
  const rows: [string, Secret, boolean][] = [
    ["all is there", secret(right), true],
    ["not yet expired", secret({ ...right, expiration: "2026-01-01T00:00:01Z" }), true],
    ["expired", secret({ ...right, expiration: "2025-12-31T23:59:59Z" }), false],
    ["a time that nobody can read", secret({ ...right, expiration: "soon" }), false],
    ["another id than in its name", secret({ ...right, "token-id": "fedcba" }), false],
    ["no secret", secret({ ...right, "token-secret": "" }), false],
    ["for authentication only", secret({ ...right, "usage-bootstrap-signing": "false" }), false],
    ["of another type", secret(right, { type: "Opaque" }), false],
    ["elsewhere", secret(right, { metadata: { name: "bootstrap-token-abcdef", namespace: "default" } }), false],
  ];
  for (const [name, of, may] of rows) assert.equal(signingToken(of, now) !== undefined, may, name);
});

test("how long a token lives", () => {
  assert.equal(lifeMs(secret(right), now), undefined);
  assert.equal(lifeMs(secret({ expiration: "2026-01-01T00:01:00Z" }), now), 60_000);
  assert.equal(lifeMs(secret({ expiration: "2025-01-01T00:00:00Z" }), now), 0);
});

test("signatures of other tokens go, everything else stays", () => {
  const map = { metadata: {}, data: { kubeconfig: "k", "jws-kubeconfig-old": "x", "jws-kubeconfig-abcdef": "y" } };
  const wanted = { kubeconfig: "k", "jws-kubeconfig-abcdef": "z" };
  assert.deepEqual(withSignatures(map, new Map([["abcdef", "z"]])), wanted);
  assert.equal(withSignatures({ metadata: {}, data: wanted }, new Map([["abcdef", "z"]])), undefined);
});
