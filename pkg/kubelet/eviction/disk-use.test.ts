import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { link, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { diskUseBelow } from "./disk-use.ts";

const { signal } = new AbortController();
let directory: string;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubets-disk-use-"));
  await mkdir(join(directory, "a/b"), { recursive: true });
  for (const name of ["a/one", "a/b/two"]) await writeFile(join(directory, name), Buffer.alloc(100_000, 1));
  await link(join(directory, "a/one"), join(directory, "again"));
  await symlink("/usr", join(directory, "elsewhere"));
});
after(() => rm(directory, { recursive: true, force: true }));

test("as du counts: links once, nothing behind symbolic ones", async () => {
  const [bytes] = execFileSync("du", ["-s", "--block-size=1", directory], { encoding: "utf8" }).split("\t");
  assert.deepEqual(await diskUseBelow(directory, { signal }), { bytes: Number(bytes), inodes: 6 });
});

test("a file", async () => {
  const { bytes, inodes } = await diskUseBelow(join(directory, "a/one"), { signal });
  assert.ok(bytes >= 100_000 && inodes === 1);
});

test("what is not there is empty", async () => {
  assert.deepEqual(await diskUseBelow(join(directory, "none"), { signal }), { bytes: 0, inodes: 0 });
});

test("it ends where it has seen enough", async () => {
  assert.equal((await diskUseBelow(directory, { signal, entriesMax: 3 })).inodes, 3);
  const { bytes, inodes } = await diskUseBelow(join(directory, "a"), { signal, bytesEnough: 1 });
  assert.ok(bytes > 1 && inodes < 4);
});

test("it ends with its signal", async () => {
  await assert.rejects(diskUseBelow(directory, { signal: AbortSignal.abort() }), { name: "AbortError" });
});
