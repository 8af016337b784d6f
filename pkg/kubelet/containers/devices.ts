/** The devices that a container is given: volumes that it wants without a file system. */
import type { Device, Init } from "#api/cri/index.ts";
import type { AnyContainer } from "../pods/pod.ts";
import type { MountedVolume } from "../volumes/manager.ts";
import { ContainerConfigError } from "./env.ts";

/** Throws ContainerConfigError, in upstream's words. */
export function buildDevices(container: AnyContainer, volumes: ReadonlyMap<string, MountedVolume>): Init<Device>[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    if (!devicePath.startsWith("/")) {
      throw new ContainerConfigError(`error DevicePath \`${devicePath}\` must be an absolute path`);
    }
    const volume = volumes.get(name);
    if (!volume?.device) {
      const into = `to pass into container ${JSON.stringify(container.name)}`;
      throw new ContainerConfigError(`cannot find volume ${JSON.stringify(name)} ${into}`);
    }
    return { containerPath: devicePath, hostPath: volume.path, permissions: volume.readOnly ? "r" : "mrw" };
  });
}
