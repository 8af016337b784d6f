/** Who owns which fields after a creation, for every recorded object. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryServer } from "./memory-server.ts";
import { createBases } from "./recorded.ts";

const server = memoryServer();
const untimed = (entries: readonly object[] | undefined): object[] =>
  JSON.parse(JSON.stringify(entries ?? []), (key, value) => (key === "time" ? undefined : value));

for (const [name, { url, object, managedFields }] of createBases()) {
  test(`managedFields of ${name}`, async () => {
    const { metadata } = await server.create(server.targetOf(url), object);
    assert.deepEqual(untimed(metadata.managedFields), untimed(managedFields));
  });
}
