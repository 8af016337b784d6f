import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildArchive, buildImage, manifestType } from "./oci.ts";
import { startRegistry } from "./registry.ts";
import { storeImages } from "./store.ts";
import { buildTar, type TarEntry } from "./tar.ts";

const entries: TarEntry[] = [
  { kind: "directory", path: "bin", mode: 0o755 },
  { kind: "file", path: "bin/program", mode: 0o755, data: Buffer.from("#!/bin/sh\n") },
  { kind: "link", path: "bin/alias", target: "program" },
  { kind: "file", path: "empty", mode: 0o644, data: Buffer.alloc(0) },
];
const image = buildImage({ names: ["kubets.dev/example:latest"], layer: entries, config: { Cmd: ["/bin/program"] } });

test("the system's tar reads what we write", () => {
  const directory = mkdtempSync(join(tmpdir(), "kubets-tar-"));
  try {
    writeFileSync(join(directory, "a.tar"), buildTar(entries));
    execFileSync("tar", ["-xf", "a.tar"], { cwd: directory });
    assert.equal(readFileSync(join(directory, "bin/alias"), "utf8"), "#!/bin/sh\n");
    const list = execFileSync("tar", ["-tvf", "a.tar"], { cwd: directory, encoding: "utf8" });
    assert.match(list, /^-rwxr-xr-x 0\/0 +10 1970-01-01 .* bin\/program$/m);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("the same image has the same digest", () => {
  const again = buildImage({ names: ["other:latest"], layer: entries, config: { Cmd: ["/bin/program"] } });
  assert.equal(again.manifest.digest, image.manifest.digest);
  assert.deepEqual(buildArchive([again]), buildArchive([again]));
});

test("a path that does not fit is refused, not cut", () => {
  assert.throws(() => buildTar([{ kind: "directory", path: "x".repeat(101), mode: 0o755 }]), RangeError);
});

test("the registry answers as a client that pulls expects", async () => {
  const directory = mkdtempSync(join(tmpdir(), "kubets-registry-"));
  await storeImages(directory, [image]);
  const server = await startRegistry(directory, { host: "127.0.0.1", port: 0 });
  try {
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const rows = [
      { method: "GET", path: "/v2/", status: 200 },
      { method: "HEAD", path: "/v2/example/manifests/latest", status: 200 },
      { method: "GET", path: `/v2/example/blobs/${image.manifest.digest}`, status: 200 },
      { method: "GET", path: "/v2/example/manifests/other", status: 404 },
      { method: "GET", path: "/v2/../../etc/passwd", status: 404 },
      { method: "GET", path: "/v2/example/blobs/..%2f..%2fimages.json", status: 404 },
      { method: "PUT", path: "/v2/example/manifests/latest", status: 405 },
    ];
    for (const row of rows) {
      const response = await fetch(base + row.path, { method: row.method });
      assert.equal(response.status, row.status, `${row.method} ${row.path}`);
      await response.arrayBuffer();
    }
    const manifest = await fetch(`${base}/v2/example/manifests/latest`);
    assert.equal(manifest.headers.get("content-type"), manifestType);
    assert.equal(manifest.headers.get("docker-content-digest"), image.manifest.digest);
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
