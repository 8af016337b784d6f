/** A container's mounts: its volumes, the pod's hosts file, and the file that it leaves its last words in. */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { type Init, type Mount, MountPropagation } from "#api/cri/index.ts";
import type { Pod, VolumeMount } from "#api/types/core/v1";
import type { Paths } from "../paths.ts";
import { type AnyContainer, isHostNetwork, uidOf } from "../pods/pod.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import { bindSubPath } from "../volumes/subpath.ts";
import { ContainerConfigError } from "./env.ts";
import { expandVariables } from "./expand.ts";

export interface MountOptions {
  readonly paths: Paths;
  readonly volumes: ReadonlyMap<string, MountedVolume>;
  readonly environment: ReadonlyMap<string, string>;
  /** The content of /etc/hosts; undefined where the container keeps its image's. */
  readonly hosts: string | undefined;
}

const propagations: Record<string, number> = {
  Bidirectional: MountPropagation.PROPAGATION_BIDIRECTIONAL,
  HostToContainer: MountPropagation.PROPAGATION_HOST_TO_CONTAINER,
};

/** Makes files and binds on the way. Rejects with ContainerConfigError for a mount that cannot be made. */
export async function prepareMounts(pod: Pod, container: AnyContainer, options: MountOptions): Promise<Init<Mount>[]> {
  const mounts: Init<Mount>[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    mounts.push(await volumeMount(pod, container, { mount, index }, options));
  }
  const taken = new Set(mounts.map(({ containerPath }) => containerPath));
  if (options.hosts !== undefined && !taken.has("/etc/hosts")) {
    const path = options.paths.etcHosts(uidOf(pod));
    await mkdir(options.paths.podDir(uidOf(pod)), { recursive: true, mode: 0o750 });
    await writeFile(path, options.hosts, { mode: 0o644 });
    mounts.push({
      containerPath: "/etc/hosts",
      hostPath: path,
      readonly: container.securityContext?.readOnlyRootFilesystem === true && isHostNetwork(pod),
    });
  }
  const { terminationMessagePath } = container;
  if (terminationMessagePath) {
    mounts.push({ containerPath: terminationMessagePath, hostPath: await messageFile(pod, container, options.paths) });
  }
  return mounts;
}

async function volumeMount(
  pod: Pod,
  container: AnyContainer,
  { mount, index }: { mount: VolumeMount; index: number },
  options: MountOptions,
): Promise<Init<Mount>> {
  const volume = options.volumes.get(mount.name);
  if (!volume)
    throw new ContainerConfigError(
      `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}`,
    );
  const subPath = mount.subPathExpr ? expandedSubPath(mount.subPathExpr, options.environment) : (mount.subPath ?? "");
  let hostPath = volume.path;
  if (subPath !== "") {
    const target = `${options.paths.subPathDir(uidOf(pod), mount.name, container.name)}/${index}`;
    try {
      hostPath = await bindSubPath({ volume: volume.path, subPath, target });
    } catch (error) {
      const text = `failed to prepare subPath for volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(container.name)}`;
      throw new ContainerConfigError(text, { cause: error });
    }
  }
  // A relative mount path starts at the container's root.
  const containerPath = mount.mountPath.startsWith("/") ? mount.mountPath : `/${mount.mountPath}`;
  return {
    containerPath,
    hostPath,
    readonly: mount.readOnly === true || volume.readOnly,
    propagation: propagations[mount.mountPropagation ?? ""] ?? MountPropagation.PROPAGATION_PRIVATE,
  };
}

function expandedSubPath(expression: string, environment: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const path = expandVariables(expression, (name) => {
    const value = environment.get(name);
    if (value === undefined) missing.add(name);
    return value;
  });
  if (missing.size > 0) throw new ContainerConfigError(`missing value for ${JSON.stringify([...missing][0])}`);
  return path;
}

/** A new file for each run: its name tells the runs apart. */
async function messageFile(pod: Pod, container: AnyContainer, paths: Paths): Promise<string> {
  const directory = paths.containerDir(uidOf(pod), container.name);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const path = `${directory}/${randomBytes(4).toString("hex")}`;
  await writeFile(path, "");
  // Whoever the container runs as may write; the umask must not take that away.
  await chmod(path, 0o666);
  return path;
}

/** The directories that every pod has. */
export async function makePodDirectories(uid: string, paths: Paths): Promise<void> {
  const root = paths.podDir(uid);
  if (await stat(root).catch(() => undefined)) return;
  for (const directory of [root, `${root}/volumes`, `${root}/plugins`, `${root}/containers`]) {
    await mkdir(directory, { recursive: true, mode: 0o750 });
  }
}
