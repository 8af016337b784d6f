import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Checkpoint, decodeCheckpoint, encodeCheckpoint, type PreparedClaim } from "./checkpoint.ts";

const claim = (shareId = ""): PreparedClaim => ({
  uid: "067798be-454e-4be4-9047-1aa06aea63f7",
  name: "example",
  namespace: "default",
  pods: new Set(["139cdb46-f989-4f17-9561-ca10cfb509a6"]),
  drivers: new Map([
    [
      "test-driver.cdi.k8s.io",
      [
        {
          poolName: "worker-1",
          deviceName: "dev-1",
          shareId,
          requestNames: ["test request"],
          cdiDeviceIds: ["example.com/example=cdi-example"],
        },
      ],
    ],
  ]),
});

// The checksums are those that upstream's kubelet gives to the same claims.
const rows: readonly (readonly [name: string, claim: PreparedClaim, checksum: number])[] = [
  ["a claim", claim(), 2_570_581_864],
  ["a share of a device", claim("aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"), 736_302_156],
];

for (const [name, prepared, checksum] of rows) {
  test(`checkpoint: ${name} is written as upstream does, and read again`, () => {
    const text = encodeCheckpoint([prepared]);
    assert.equal(JSON.parse(text).Checksum, checksum);
    assert.deepEqual(decodeCheckpoint(text), [prepared]);
  });
}

test("checkpoint: a damaged file is not taken for an empty one", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kubets-dra-"));
  try {
    const checkpoint = new Checkpoint(directory);
    assert.deepEqual(await checkpoint.read(), []);
    await Promise.all([checkpoint.write([]), checkpoint.write([claim()])]);
    assert.deepEqual(await checkpoint.read(), [claim()]);
    assert.deepEqual(await readdir(directory), ["dra_manager_state"]);
    const path = join(directory, "dra_manager_state");
    await writeFile(path, (await readFile(path, "utf8")).replace("dev-1", "dev-2"));
    await assert.rejects(checkpoint.read(), {
      message: "failed to get checkpoint dra_manager_state: checkpoint is corrupted",
    });
  } finally {
    await rm(directory, { recursive: true });
  }
});
