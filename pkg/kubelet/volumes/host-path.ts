/** hostPath volumes: what the type demands of the path. */
import { chmod, mkdir, open, stat } from "node:fs/promises";
import type { HostPathVolumeSource } from "#api/types/core/v1";

/** Rejects with Error, in upstream's words, when the path is not what the type says. */
export async function ensureHostPath({ path, type = "" }: HostPathVolumeSource): Promise<void> {
  if (type === "") return;
  if (type === "DirectoryOrCreate") {
    const made = await mkdir(path, { recursive: true, mode: 0o755 }).catch(() => undefined);
    if (made !== undefined) await chmod(path, 0o755);
  }
  if (type === "FileOrCreate") {
    const file = await open(path, "a", 0o644).catch(() => undefined);
    await file?.close();
  }
  const info = await stat(path).catch(() => undefined);
  const checks: Record<string, [boolean | undefined, string]> = {
    DirectoryOrCreate: [info?.isDirectory(), "a directory"],
    Directory: [info?.isDirectory(), "a directory"],
    FileOrCreate: [info?.isFile(), "a file"],
    File: [info?.isFile(), "a file"],
    Socket: [info?.isSocket(), "a socket file"],
    CharDevice: [info?.isCharacterDevice(), "a character device"],
    BlockDevice: [info?.isBlockDevice(), "a block device"],
  };
  const check = checks[type];
  if (!check) throw new Error(`${type} is an invalid volume type`);
  if (!check[0]) throw new Error(`hostPath type check failed: ${path} is not ${check[1]}`);
}
