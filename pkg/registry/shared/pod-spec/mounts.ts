/** Rules on how containers use volumes: as directories and as devices. */
import type { Container, Volume, VolumeDevice, VolumeMount } from "#api/types/core/v1";
import { forbidden, invalid, notFoundValue, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, filled, oneOf } from "../findings.ts";
import { descendingPath } from "../paths.ts";

type Volumes = ReadonlyMap<string, Volume>;

export function* volumeMounts(path: string, container: Container, volumes: Volumes): Findings {
  const devices = container.volumeDevices ?? [];
  const places = new Set<string>();
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    const here = `${path}[${at}]`;
    const { name = "", mountPath = "" } = mount ?? {};
    yield* filled(`${here}.name`, name);
    if (!volumes.has(name)) yield notFoundValue(`${here}.name`, name);
    yield* filled(`${here}.mountPath`, mountPath);
    if (places.has(mountPath)) yield invalid(`${here}.mountPath`, mountPath, "must be unique");
    places.add(mountPath);
    if (devices.some((device) => device.name === name)) {
      yield invalid(`${here}.name`, name, "must not already exist in volumeDevices");
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      yield invalid(`${here}.mountPath`, mountPath, "must not already exist as a path in volumeDevices");
    }
    // Below, upstream names the list, not the mount.
    yield* subPath({ list: path, here }, mount ?? { name, mountPath });
    yield* propagation(`${path}.mountPropagation`, mount?.mountPropagation, container);
    yield* recursiveReadOnly(`${path}.recursiveReadOnly`, mount ?? { name, mountPath });
  }
}

function* subPath(
  at: { list: string; here: string },
  { subPath: fixed, subPathExpr: expanded }: VolumeMount,
): Findings {
  if (fixed) yield* descendingPath(`${at.list}.subPath`, fixed);
  if (!expanded) return;
  if (fixed) yield invalid(`${at.here}.subPathExpr`, expanded, "subPathExpr and subPath are mutually exclusive");
  yield* descendingPath(`${at.list}.subPathExpr`, expanded);
}

function* propagation(path: string, mode: string | undefined, { securityContext }: Container): Findings {
  if (mode === undefined) return;
  yield* oneOf(path, mode, ["Bidirectional", "HostToContainer", "None"]);
  if (mode === "Bidirectional" && !securityContext?.privileged) {
    yield forbidden(path, "Bidirectional mount propagation is available only to privileged containers");
  }
}

function* recursiveReadOnly(path: string, mount: VolumeMount): Findings {
  const mode: string | undefined = mount.recursiveReadOnly;
  if (mode === undefined || mode === "Disabled") return;
  if (mode !== "Enabled" && mode !== "IfPossible") {
    yield* oneOf(path, mode, ["Disabled", "Enabled", "IfPossible"]);
    return;
  }
  if (!mount.readOnly) yield forbidden(path, "may only be specified when readOnly is true");
  const { mountPropagation } = mount;
  if (mountPropagation !== undefined && mountPropagation !== "None") {
    yield forbidden(path, "may only be specified when mountPropagation is None or not specified");
  }
}

export function* volumeDevices(path: string, container: Container, volumes: Volumes): Findings {
  const mounts = container.volumeMounts ?? [];
  const names = new Set<string>();
  const places = new Set<string>();
  for (const [at, device] of (container.volumeDevices ?? []).entries()) {
    const here = `${path}[${at}]`;
    yield* deviceVolume(`${here}.name`, device, volumes, names);
    yield* devicePlace(`${here}.devicePath`, device?.devicePath ?? "", places);
    const { name, devicePath } = device ?? {};
    if (mounts.some((mount) => mount.name === name)) {
      yield invalid(`${here}.name`, name, "must not already exist in volumeMounts");
    }
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      yield invalid(`${here}.devicePath`, devicePath, "must not already exist as a path in volumeMounts");
    }
    if (name) names.add(name);
  }
}

function* deviceVolume(path: string, device: VolumeDevice, volumes: Volumes, names: ReadonlySet<string>): Findings {
  const name = device?.name ?? "";
  const volume = volumes.get(name);
  if (!name) yield required(path);
  if (names.has(name)) yield invalid(path, name, "must be unique");
  if (!volume) yield notFoundValue(path, name);
  else if (!volume.persistentVolumeClaim && !volume.ephemeral) {
    yield invalid(path, name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
  }
}

function* devicePlace(path: string, place: string, places: Set<string>): Findings {
  if (!place) yield required(path);
  if (places.has(place)) yield invalid(path, place, "must be unique");
  if (place.split("/").includes("..")) yield invalid(path, place, "can not contain backsteps ('..')");
  else places.add(place);
}
