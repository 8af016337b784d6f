/** Local volumes on this machine: real mounts, and a loop device as the disk. Needs root. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import type { PersistentVolumeSpec, Pod } from "#api/types/core/v1";
import { buildPaths } from "#pkg/kubelet/paths.ts";
import type { PodEvents } from "#pkg/kubelet/pods/events.ts";
import { LocalVolumes } from "#pkg/kubelet/volumes/local.ts";
import { removePodDirectory } from "#pkg/kubelet/volumes/manager.ts";
import { mountsBelow } from "#pkg/kubelet/volumes/mounts.ts";

const run = promisify(execFile);
const diskBytes = 32 * 1024 * 1024;
const plugin = "kubernetes.io/local-volume";
const stack = new AsyncDisposableStack();
const told: string[] = [];
const events: PodEvents = {
  pod: (_, type, reason, message) => void told.push(`${type} ${reason}: ${message}`),
  container() {},
  node() {},
};
let directory: string;
let device: string;

const paths = () => buildPaths({ root: join(directory, "kubelet"), logs: "", containerLogLinks: "" });
const volumes = () => new LocalVolumes({ paths: paths(), events, signal: AbortSignal.timeout(60_000) });
const pod = (uid: string, fsGroup?: number): Pod => ({
  metadata: { name: uid, namespace: "default", uid },
  spec: { containers: [], ...(fsGroup === undefined ? {} : { securityContext: { fsGroup } }) },
});
const spec = (path: string, more: PersistentVolumeSpec = {}): PersistentVolumeSpec => ({ local: { path }, ...more });

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "kubets-local-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const image = join(directory, "disk");
  await writeFile(image, "");
  await truncate(image, diskBytes);
  device = (await run("losetup", ["--find", "--show", image])).stdout.trim();
  stack.defer(async () => void (await run("losetup", ["--detach", device])));
  stack.defer(async () => {
    for (const path of await mountsBelow(directory)) await run("umount", [path]);
  });
});
after(() => stack.disposeAsync());

test("a directory, also behind a link, is bound into the pod's directory", async () => {
  const source = join(directory, "data");
  await mkdir(source);
  await symlink(source, join(directory, "link"));
  await writeFile(join(source, "file"), "content");
  const manager = volumes();
  const volume = { pod: pod("one"), name: "linked", spec: spec(join(directory, "link")), readOnly: false };
  const { path } = await manager.mount(volume);
  assert.equal(path, paths().volumeDir("one", plugin, "linked"));
  assert.equal(await readFile(join(path, "file"), "utf8"), "content");
  await manager.mount(volume);
  assert.equal((await mountsBelow(path)).length, 1, "a second call leaves it as it is");
  await removePodDirectory(paths().podDir("one"));
  assert.equal(await readFile(join(source, "file"), "utf8"), "content", "what is in the volume outlives the pod");
});

test("a volume that is only read cannot be written", async () => {
  const source = join(directory, "read");
  await mkdir(source);
  const { path, readOnly } = await volumes().mount({ pod: pod("r"), name: "read", spec: spec(source), readOnly: true });
  assert.equal(readOnly, true);
  await assert.rejects(writeFile(join(path, "file"), ""), /read-only file system/);
});

test("the first pod's group is the volume's, and the next is warned when it wants another", async () => {
  const source = join(directory, "grouped");
  await mkdir(source);
  await writeFile(join(source, "file"), "");
  const manager = volumes();
  const mount = (uid: string, group: number) =>
    manager.mount({ pod: pod(uid, group), name: "grouped", spec: spec(source), readOnly: false });
  await mount("g1", 1234);
  assert.equal((await stat(join(source, "file"))).gid, 1234);
  await mount("g2", 4321);
  assert.equal((await stat(source)).gid, 1234);
  assert.deepEqual(told, [
    "Warning AlreadyMountedVolume: The requested fsGroup is 4321, but the volume grouped has GID 1234. The volume may not be shareable.",
  ]);
  await removePodDirectory(paths().podDir("g1"));
  await removePodDirectory(paths().podDir("g2"));
  await mount("g3", 4321);
  assert.equal((await stat(source)).gid, 4321);
});

test("an empty disk gets a file system, keeps it, and is taken down after the last pod", async () => {
  const manager = volumes();
  const mount = (uid: string) => manager.mount({ pod: pod(uid), name: "disk", spec: spec(device), readOnly: false });
  const [first, second] = [await mount("d1"), await mount("d2")];
  await writeFile(join(first.path, "file"), "content");
  assert.equal(await readFile(join(second.path, "file"), "utf8"), "content");
  const whole = join(paths().deviceMounts(plugin), "disk");
  await removePodDirectory(paths().podDir("d1"));
  await manager.release();
  assert.deepEqual(await mountsBelow(whole), [whole]);
  await removePodDirectory(paths().podDir("d2"));
  await manager.release();
  assert.deepEqual(await mountsBelow(whole), []);
  await assert.rejects(stat(whole), { code: "ENOENT" });
  const again = await mount("d3");
  assert.equal(await readFile(join(again.path, "file"), "utf8"), "content");
  const { stdout } = await run("blkid", ["-p", "-s", "TYPE", "-o", "value", device]);
  assert.equal(stdout.trim(), "ext4");
});

test("a disk in block mode is a link to the device", async () => {
  const mounted = await volumes().mount({
    ...{ pod: pod("b"), name: "raw", readOnly: false },
    spec: spec(device, { volumeMode: "Block" }),
  });
  assert.equal(mounted.device, true);
  assert.equal(mounted.path, join(paths().podDir("b"), "volumeDevices/kubernetes.io~local-volume/raw"));
  assert.equal(await readlink(mounted.path), device);
});

const refused = [
  {
    name: "nothing is there",
    spec: spec("/non-existent/nowhere"),
    why: 'FailedMount MountVolume.NewMounter initialization failed for volume "v" : path "/non-existent/nowhere" does not exist',
  },
  {
    name: "it is a file",
    spec: spec("/etc/hostname"),
    why: 'FailedMount MountVolume.NewMounter initialization failed for volume "v" : only directory and block device are supported',
  },
  {
    name: "no device is there",
    spec: spec("/non-existent", { volumeMode: "Block" }),
    why: 'FailedMapVolume MapVolume.EvalHostSymlinks failed for volume "v" : lstat /non-existent: no such file or directory',
  },
  {
    name: "it is no device",
    spec: spec("/tmp", { volumeMode: "Block" }),
    why: 'FailedMapVolume MapVolume.MapBlockVolume failed for volume "v" : /tmp is not a block device',
  },
];

for (const { name, spec: wanted, why } of refused) {
  test(`refused: ${name}`, async () => {
    const mounting = volumes().mount({ pod: pod("x"), name: "v", spec: wanted, readOnly: false });
    await assert.rejects(mounting, (error: Error & { reason: string }) => {
      assert.equal(`${error.reason} ${error.message}`, why);
      return true;
    });
  });
}
