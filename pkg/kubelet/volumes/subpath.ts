/** subPath mounts: a part of a volume, bound where no link inside the volume can lead out of it. */
import { constants } from "node:fs";
import { chmod, lstat, mkdir, open, readlink, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bindDescriptor, mountsBelow } from "./mounts.ts";

/** Linux's O_PATH: the descriptor names a file without opening it. */
const openPath = 0o10000000;

/** Returns the bound path. Rejects with Error when the path leaves the volume. `target` is where to bind. */
export async function bindSubPath(options: {
  readonly volume: string;
  readonly subPath: string;
  readonly target: string;
}): Promise<string> {
  const { volume, subPath, target } = options;
  if (subPath.startsWith("/") || subPath.split("/").includes("..")) {
    throw new Error(`subPath ${JSON.stringify(subPath)} must stay inside the volume`);
  }
  const root = await realpath(volume);
  await makeMissing(root, subPath);
  const real = await realpath(join(root, subPath));
  if (real !== root && !real.startsWith(`${root}/`))
    throw new Error(`subPath ${JSON.stringify(subPath)} leads out of the volume`);
  const handle = await open(real, openPath | constants.O_NOFOLLOW);
  try {
    const opened = await readlink(`/proc/self/fd/${handle.fd}`);
    if (opened !== real) throw new Error(`subPath ${JSON.stringify(subPath)} changed while it was opened`);
    await makeTarget(target, (await stat(`/proc/self/fd/${handle.fd}`)).isDirectory());
    if (!(await mountsBelow(target)).includes(target)) await bindDescriptor(handle.fd, target);
  } finally {
    await handle.close();
  }
  return target;
}

async function makeTarget(target: string, directory: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true, mode: 0o750 });
  const existing = await lstat(target).catch(() => undefined);
  if (existing) return;
  if (directory) await mkdir(target, { mode: 0o750 });
  else await writeFile(target, "", { mode: 0o640 });
}

/** Directories that do not exist yet take the volume's own mode, one level after the other and never through a link out. */
async function makeMissing(root: string, subPath: string): Promise<void> {
  const info = await stat(root);
  let at = root;
  for (const part of subPath.split("/").filter((name) => name !== "" && name !== ".")) {
    const next = join(at, part);
    const existing = await stat(next).catch(() => undefined);
    if (!existing) {
      const real = await realpath(at);
      if (real !== root && !real.startsWith(`${root}/`))
        throw new Error(`subPath ${JSON.stringify(subPath)} leads out of the volume`);
      await mkdir(next).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "EEXIST") throw error;
      });
      await chmod(next, info.mode & 0o7777).catch(() => undefined);
    }
    at = next;
  }
}
