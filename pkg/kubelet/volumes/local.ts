/**
 * Local volumes: a directory of the node, or a device of it, as a file system or as it is. A device's file system is
 * mounted once, and bound into the directory of each pod that uses it.
 */
import { mkdir, readdir, readlink, realpath, rm, rmdir, stat, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import type { PersistentVolumeSpec, Pod } from "#api/types/core/v1";
import { Limiter } from "#pkg/apimachinery/limiter.ts";
import type { Paths } from "../paths.ts";
import type { PodEvents } from "../pods/events.ts";
import { uidOf } from "../pods/pod.ts";
import { formatAndMount } from "./block-device.ts";
import { volumeStep } from "./errors.ts";
import type { MountedVolume } from "./manager.ts";
import { bindDirectory, mountsBelow, unmount } from "./mounts.ts";
import { ensureGroup, type GroupChangePolicy } from "./ownership.ts";

export interface LocalVolume {
  readonly pod: Pod;
  /** The persistent volume's. */
  readonly name: string;
  readonly spec: PersistentVolumeSpec;
  readonly readOnly: boolean;
}

interface LocalOptions {
  readonly paths: Paths;
  readonly events: PodEvents;
  readonly signal: AbortSignal;
}

const plugin = "kubernetes.io/local-volume";
const defaultFsType = "ext4";
const unsupported = "only directory and block device are supported";

export class LocalVolumes {
  readonly #options: LocalOptions;
  /** One at a time: a device must not be taken down while another pod is about to use it. */
  readonly #limiter = new Limiter(1);

  constructor(options: LocalOptions) {
    this.#options = options;
  }

  /** Idempotent. Rejects with VolumeError. */
  mount(volume: LocalVolume): Promise<MountedVolume> {
    const work = () => (volume.spec.volumeMode === "Block" ? this.#link(volume) : this.#bind(volume));
    return this.#limiter.run(work, this.#options.signal);
  }

  /** Takes down the file systems of devices that no pod uses any more. */
  release(): Promise<void> {
    return this.#limiter.run(() => this.#release(), this.#options.signal);
  }

  async #link({ pod, name, spec, readOnly }: LocalVolume): Promise<MountedVolume> {
    const path = this.#options.paths.volumeDevice(uidOf(pod), plugin, name);
    const device = await volumeStep("MapVolume.EvalHostSymlinks failed", name, () => resolved(pathOf(spec)));
    await volumeStep("MapVolume.MapBlockVolume failed", name, async () => {
      if (!(await stat(device)).isBlockDevice()) throw new Error(`${pathOf(spec)} is not a block device`);
      if ((await readlink(path).catch(() => "")) === device) return;
      await mkdir(dirname(path), { recursive: true, mode: 0o750 });
      await rm(path, { force: true });
      await symlink(device, path);
    });
    return { path, readOnly, device: true };
  }

  async #bind(volume: LocalVolume): Promise<MountedVolume> {
    const { pod, name, readOnly } = volume;
    const { paths } = this.#options;
    const path = paths.volumeDir(uidOf(pod), plugin, name);
    const mounted = { path, readOnly };
    if ((await mountsBelow(path)).includes(path)) return mounted;
    const source = await this.#sourceOf(volume);
    await volumeStep("MountVolume.SetUp failed", name, async () => {
      const shared = (await this.#podMounts()).some((other) => isOf(other, name));
      if (shared) await this.#warnOfGroup(volume, source);
      await mkdir(path, { recursive: true, mode: 0o750 });
      await bindDirectory({ source, target: path, readOnly, options: volume.spec.mountOptions ?? [] });
      if (shared || readOnly) return;
      const { fsGroup: group, fsGroupChangePolicy } = pod.spec.securityContext ?? {};
      if (group === undefined) return;
      await ensureGroup(path, { group, policy: fsGroupChangePolicy as GroupChangePolicy | undefined });
    });
    return mounted;
  }

  /** The directory to bind. A device's file system is mounted on the way. */
  async #sourceOf({ name, spec, readOnly }: LocalVolume): Promise<string> {
    const path = pathOf(spec);
    const info = await volumeStep("MountVolume.NewMounter initialization failed", name, async () => {
      const found = await stat(path).catch(explainMissing(path));
      if (!found.isDirectory() && !found.isBlockDevice()) throw new Error(unsupported);
      return found;
    });
    if (info.isDirectory()) return path;
    const target = `${this.#options.paths.deviceMounts(plugin)}/${name}`;
    const fsType = spec.local?.fsType || defaultFsType;
    await volumeStep("MountVolume.MountDevice failed", name, () =>
      formatAndMount({ device: path, target, fsType, readOnly, options: spec.mountOptions ?? [] }),
    );
    return target;
  }

  /** Pods that share a volume share its group: the first one's stays. */
  async #warnOfGroup({ pod, name }: LocalVolume, source: string): Promise<void> {
    const group = pod.spec.securityContext?.fsGroup;
    if (group === undefined) return;
    const { gid } = await stat(source);
    if (gid === group) return;
    const text = `The requested fsGroup is ${group}, but the volume ${name} has GID ${gid}. The volume may not be shareable.`;
    this.#options.events.pod(pod, "Warning", "AlreadyMountedVolume", text);
  }

  async #release(): Promise<void> {
    const base = this.#options.paths.deviceMounts(plugin);
    const names = await readdir(base).catch(() => []);
    if (names.length === 0) return;
    const inUse = await this.#podMounts();
    const mounts = new Set(await mountsBelow(base));
    for (const name of names) {
      if (inUse.some((path) => isOf(path, name))) continue;
      const target = `${base}/${name}`;
      if (mounts.has(target)) await unmount(target);
      // What is still busy stays a directory with something in it, and is tried again after the next pod.
      await rmdir(target).catch(() => undefined);
    }
  }

  /** Where pods of this node have something mounted. */
  #podMounts(): Promise<string[]> {
    return mountsBelow(`${this.#options.paths.root}/pods`);
  }
}

const pathOf = ({ local }: PersistentVolumeSpec): string => local?.path ?? "";

const isOf = (mount: string, volume: string): boolean =>
  mount.endsWith(`/volumes/${plugin.replace("/", "~")}/${volume}`);

/** Rejects with Error in the words of Go's library. */
const resolved = (path: string): Promise<string> =>
  realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`lstat ${path}: no such file or directory`, { cause: error });
  });

const explainMissing =
  (path: string) =>
  (error: NodeJS.ErrnoException): never => {
    if (error.code !== "ENOENT") throw error;
    throw new Error(`path ${JSON.stringify(path)} does not exist`, { cause: error });
  };
