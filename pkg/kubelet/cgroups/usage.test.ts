import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { readCgroupUsage } from "./usage.ts";

let path: string;
before(async () => {
  path = await mkdtemp(join(tmpdir(), "kubets-cgroup-"));
  await mkdir(join(path, "pods"));
  const files = {
    "memory.usage_in_bytes": "1000\n",
    "memory.current": "2000\n",
    "memory.stat": "inactive_file 300\ntotal_inactive_file 400\n",
    "pids.current": "7\n",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, "pods", name), text);
});
after(() => rm(path, { recursive: true, force: true }));

test("version 1: each controller has a hierarchy of its own", async () => {
  const hierarchies = ["memory", "pids"].map((name) => ({ path, version: 1 as const, controllers: new Set([name]) }));
  assert.deepEqual(await readCgroupUsage(hierarchies, "/pods"), { workingSetBytes: 600, processes: 7 });
});

test("version 2: one for all", async () => {
  const hierarchies = [{ path, version: 2 as const, controllers: new Set<string>() }];
  assert.deepEqual(await readCgroupUsage(hierarchies, "/pods"), { workingSetBytes: 1700, processes: 7 });
});

test("what is not there is not told", async () => {
  const nothing = { workingSetBytes: undefined, processes: undefined };
  assert.deepEqual(await readCgroupUsage([{ path, version: 2, controllers: new Set() }], "/none"), nothing);
  assert.deepEqual(await readCgroupUsage([], "/pods"), nothing);
});
