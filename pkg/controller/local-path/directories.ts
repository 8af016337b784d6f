/**
 * Directories of volumes: all below one, by the volume's name. Only root enters that one, so their content is nobody's but
 * that of the containers that mount it. Nothing outside of it is ever touched, whatever an object says.
 */
import { execFile } from "node:child_process";
import { chmod, lstat, mkdir, readdir, realpath, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** What is left of a larger tree goes with the next try. */
const removalMsMax = 600_000;
const messageMax = 300;

/** Throws an Error for a name that would lead elsewhere. */
export function directoryOf(root: string, volume: string): string {
  if (!/^[a-z0-9][a-z0-9.-]*$/.test(volume)) throw new Error(`${JSON.stringify(volume)} is no volume's name`);
  return join(root, volume);
}

/** Any user of a container may write into it. Idempotent. Rejects when something else stands there. */
export async function ensureDirectory(root: string, volume: string): Promise<string> {
  const path = directoryOf(root, volume);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await mkdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await requireDirectory(path);
  // What mkdir is told of is cut by the process' mask.
  await chmod(path, 0o777);
  return path;
}

export interface Removal {
  readonly root: string;
  readonly volume: string;
  /** Where the volume says that it is. */
  readonly path: string;
}

/** Removes the directory with everything in it. One that is gone is fine. Rejects with a message that fits an Event. */
export async function removeDirectory({ root, volume, path }: Removal, signal: AbortSignal): Promise<void> {
  if (path !== directoryOf(root, volume)) throw new Error(`${JSON.stringify(path)} is not the directory of ${volume}`);
  try {
    const real = directoryOf(await realpath(root), volume);
    await requireDirectory(real);
    // The program, unlike Node's function, is safe from a container that exchanges a directory for a link while it works.
    await run("rm", ["-rf", "--one-file-system", "--", real], { signal, timeout: removalMsMax });
  } catch (error) {
    const { code, stderr, message } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT" && stderr === undefined) return;
    const [line = ""] = (stderr || message).split("\n");
    throw new Error(line.slice(0, messageMax), { cause: error });
  }
}

/**
 * Removes directories that nobody uses and that nothing was ever written to: a process ended before it made the volume.
 * `used` is asked after the directories were read, so that it knows of those that were just made.
 */
export async function removeEmpty(root: string, used: () => ReadonlySet<string>): Promise<void> {
  const names = await readdir(root).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const known = used();
  for (const name of names.filter((one) => !known.has(one))) {
    // One with something in it may be kept by a person. It stays, like whatever else is no empty directory.
    await rmdir(join(root, name)).catch(() => undefined);
  }
}

async function requireDirectory(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory()) throw new Error(`${path} is not a directory`);
}
