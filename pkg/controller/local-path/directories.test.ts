import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, realpath, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { directoryOf, ensureDirectory, removeDirectory, removeEmpty } from "./directories.ts";

let base: string;
let root: string;
const volume = "pvc-1";
const { signal } = new AbortController();
const remove = (name = volume, path = join(root, name)) => removeDirectory({ root, volume: name, path }, signal);

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "local-path-")));
  root = join(base, "volumes");
  // What nothing may touch.
  await mkdir(join(base, "precious"));
  await writeFile(join(base, "precious/file"), "x");
});
afterEach(() => rm(base, { recursive: true, force: true }));

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
const preciousIsThere = () => isThere(join(base, "precious/file"));

test("a directory is open to all, the one above it to its owner only; making it again changes nothing", async () => {
  const before = process.umask(0o077);
  try {
    const path = await ensureDirectory(root, volume);
    assert.equal((await stat(path)).mode & 0o777, 0o777);
    assert.equal((await stat(root)).mode & 0o777, 0o700);
    await writeFile(join(path, "data"), "x");
    assert.equal(await ensureDirectory(root, volume), path);
    assert.deepEqual(await readdir(path), ["data"]);
  } finally {
    process.umask(before);
  }
});

test("names that lead elsewhere are none", () => {
  for (const name of ["", ".", "..", "../precious", "a/b", "/", "-rf", "a\0b", "a\n"]) {
    assert.throws(() => directoryOf("/volumes", name), /is no volume's name/, name);
  }
});

test("a directory goes with its content, and is missed by nobody", async () => {
  const path = await ensureDirectory(root, volume);
  await mkdir(join(path, "a/b"), { recursive: true });
  await writeFile(join(path, "a/b/c"), "x");
  await symlink(join(base, "precious"), join(path, "a/link"));
  await remove();
  assert.equal(await isThere(path), false);
  assert.equal(await preciousIsThere(), true);
  await remove();
  await rm(root, { recursive: true });
  await remove();
});

test("nothing but the volume's own directory is removed", async () => {
  await ensureDirectory(root, volume);
  await ensureDirectory(root, "pvc-2");
  const precious = join(base, "precious");
  for (const path of ["", "/", root, precious, `${root}/../precious`, join(root, "pvc-2"), `${root}/${volume}/`]) {
    await assert.rejects(remove(volume, path), /is not the directory of pvc-1$/, path);
  }
  await assert.rejects(remove("..", base), /is no volume's name/);
  assert.equal(await preciousIsThere(), true);
  assert.deepEqual((await readdir(root)).sort(), [volume, "pvc-2"]);
});

test("a link in the directory's place is not followed", async () => {
  await mkdir(root);
  await symlink(join(base, "precious"), join(root, volume));
  await assert.rejects(remove(), /is not a directory$/);
  await assert.rejects(ensureDirectory(root, volume), /is not a directory$/);
  assert.equal(await preciousIsThere(), true);
  assert.deepEqual(await readdir(root), [volume]);
});

test("the directory of all may be a link: a person moved it to another disk", async () => {
  const path = await ensureDirectory(root, volume);
  await rename(root, join(base, "moved"));
  await symlink(join(base, "moved"), root);
  await remove();
  assert.equal(await isThere(path), false);
});

test("an end in the middle leaves an empty directory, which goes; everything else stays", async () => {
  await removeEmpty(root, () => new Set());
  for (const name of ["pvc-left", "pvc-used", "pvc-kept"]) await ensureDirectory(root, name);
  await writeFile(join(root, "pvc-kept/data"), "x");
  await symlink(join(base, "precious"), join(root, "pvc-link"));
  await removeEmpty(root, () => new Set(["pvc-used"]));
  assert.deepEqual((await readdir(root)).sort(), ["pvc-kept", "pvc-link", "pvc-used"]);
  assert.equal(await preciousIsThere(), true);
});
