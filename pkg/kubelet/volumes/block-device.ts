/** Block devices with a file system: one is made where the device has none, and it is mounted. */
import { access, mkdir, rmdir } from "node:fs/promises";
import { type CommandError, mountDevice, mountsBelow, runCommand } from "./mounts.ts";

export interface DeviceMount {
  readonly device: string;
  readonly target: string;
  readonly fsType: string;
  readonly readOnly: boolean;
  /** Of the volume, for mount(8). */
  readonly options: readonly string[];
}

/** A large disk takes its time. */
const formatMsMax = 600_000;
/** What blkid exits with when it finds nothing. */
const nothingFound = 2;
/** What fsck exits with when it has repaired everything, and when it could not. */
const repaired = 1;
const unrepaired = 4;

/** Idempotent. Rejects with Error, in upstream's words. Call once at a time for one target. */
export async function formatAndMount(mount: DeviceMount): Promise<void> {
  const { device, target, fsType } = mount;
  if ((await mountsBelow(target)).includes(target)) return;
  await mkdir(target, { recursive: true, mode: 0o750 });
  try {
    await prepare(mount);
    await mountDevice(mount);
  } catch (error) {
    await rmdir(target).catch(() => undefined);
    const what = `local: failed to mount device ${device} at ${target} (fstype: ${fsType})`;
    throw new Error(`${what}, error ${(error as Error).message}`, { cause: error });
  }
}

async function prepare({ device, fsType, readOnly, target, options }: DeviceMount): Promise<void> {
  await access(device);
  const format = await formatOf(device);
  if (format !== "") {
    if (!readOnly) await check(device);
    return;
  }
  if (readOnly) {
    throw new Error(`cannot mount unformatted disk ${device} as we are manipulating it in read-only mode`);
  }
  try {
    await runCommand(`mkfs.${fsType}`, [...(formatOptions[fsType] ?? []), device], formatMsMax);
  } catch (error) {
    const about = `type:(${JSON.stringify(fsType)}) target:(${JSON.stringify(target)}) options:(${JSON.stringify(options)})`;
    const what = `format of disk ${JSON.stringify(device)} failed: ${about}`;
    throw new Error(`${what} ${(error as Error).message}`, { cause: error });
  }
}

/** Without questions, and without blocks kept for root. */
const formatOptions: Readonly<Record<string, readonly string[]>> = {
  ext3: ["-F", "-m0"],
  ext4: ["-F", "-m0"],
  xfs: ["-f"],
};

/** The type of the file system, or what stands for unknown data; empty for a disk that nobody has used. */
async function formatOf(device: string): Promise<string> {
  let output: string;
  try {
    output = await runCommand("blkid", ["-p", "-s", "TYPE", "-s", "PTTYPE", "-o", "export", device]);
  } catch (error) {
    if ((error as CommandError).code === nothingFound) return "";
    throw new Error(`failed to get disk format of disk ${device}: ${(error as Error).message}`, { cause: error });
  }
  const found = new Map(output.split("\n").map((line) => line.split("=", 2) as [string, string]));
  if (found.get("PTTYPE")) return "unknown data, probably partitions";
  return found.get("TYPE") ?? "";
}

/** Repairs what can be repaired without questions; other findings are left to the mount. */
async function check(device: string): Promise<void> {
  try {
    await runCommand("fsck", ["-a", device], formatMsMax);
  } catch (error) {
    const { code, message } = error as CommandError;
    if (code === repaired) return;
    if (code === unrepaired) {
      throw new Error(`'fsck' found errors on device ${device} but could not correct them: ${message}.`, {
        cause: error,
      });
    }
  }
}
