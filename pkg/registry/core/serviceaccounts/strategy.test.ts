import assert from "node:assert/strict";
import { test } from "node:test";
import type { ServiceAccount } from "#api/types/core/v1";
import { serviceaccounts } from "./strategy.ts";

test("of an account's secrets only the names are kept", () => {
  const account: ServiceAccount = {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "a" },
    secrets: [{ name: "s", namespace: "other", kind: "Secret", uid: "u" }, { kind: "Secret" }],
  };
  serviceaccounts.prepareForCreate?.(account, {
    user: { name: "u", groups: [] },
    namespace: "n",
    now: new Date(0),
    dryRun: false,
    warn: () => {},
  });
  assert.deepEqual(account.secrets, [{ name: "s" }, {}]);
});
