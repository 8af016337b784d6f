/** fsGroup: files of a volume belong to the pod's group, which may read and (unless read-only) write them. */
import { chmod, lchown, lstat, readdir } from "node:fs/promises";

const readWriteMask = 0o660;
const readOnlyMask = 0o440;
const directoryMask = 0o2110;

/** `OnRootMismatch` trusts a volume whose own directory is as it should be. */
export type GroupChangePolicy = "Always" | "OnRootMismatch";

/** Gives a volume to the pod's group, unless its policy finds that it has it. */
export async function ensureGroup(
  path: string,
  { group, policy }: { readonly group: number; readonly policy: GroupChangePolicy | undefined },
): Promise<void> {
  if (policy === "OnRootMismatch" && (await hasGroup(path, group))) return;
  await applyGroup(path, { group, readOnly: false });
}

async function hasGroup(path: string, group: number): Promise<boolean> {
  const { gid, mode } = await lstat(path);
  const wanted = readWriteMask | directoryMask;
  return gid === group && (mode & wanted) === wanted;
}

/** Walks the whole tree; symbolic links change owner only. */
export async function applyGroup(
  path: string,
  options: { readonly group: number; readonly readOnly: boolean },
): Promise<void> {
  const info = await lstat(path);
  await lchown(path, info.uid, options.group);
  if (info.isSymbolicLink()) return;
  const mask = options.readOnly ? readOnlyMask : readWriteMask;
  await chmod(path, (info.mode & 0o7777) | mask | (info.isDirectory() ? directoryMask : 0));
  if (!info.isDirectory()) return;
  for (const name of await readdir(path)) await applyGroup(`${path}/${name}`, options);
}
