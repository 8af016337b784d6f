/**
 * Files that change all at once: they stand in a dated directory, `..data` links to it, and each visible name links
 * through `..data`. A rename of that one link replaces everything.
 */
import { randomInt } from "node:crypto";
import {
  chmod,
  chown,
  lchown,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { dirname } from "node:path";
import { applyGroup } from "./ownership.ts";

export interface PayloadFile {
  readonly data: Buffer;
  readonly mode: number;
  /** Owner of the file, where it is not root. */
  readonly uid?: number;
}

/** Relative paths to contents. */
export type Payload = ReadonlyMap<string, PayloadFile>;

const dataLink = "..data";
const newDataLink = "..data_tmp";

export interface WriteOptions {
  readonly directory: string;
  readonly payload: Payload;
  /** The pod's fsGroup. */
  readonly group?: number | undefined;
  readonly now: number;
}

/** Returns whether anything changed. Throws Error for a path that leaves the directory. */
export async function writeAtomically(options: WriteOptions): Promise<boolean> {
  const { directory, payload, group, now } = options;
  for (const path of payload.keys()) ensureInside(path);
  const before = await readlink(`${directory}/${dataLink}`).catch(() => undefined);
  if (before !== undefined && (await isSame(`${directory}/${before}`, payload))) return false;
  const dated = datedName(now);
  await mkdir(`${directory}/${dated}`, { mode: 0o755 });
  await chmod(`${directory}/${dated}`, 0o755);
  for (const [path, file] of payload) await writeFileAt(`${directory}/${dated}/${path}`, file);
  if (group !== undefined) await applyGroup(`${directory}/${dated}`, { group, readOnly: true });
  await symlink(dated, `${directory}/${newDataLink}`);
  await rename(`${directory}/${newDataLink}`, `${directory}/${dataLink}`);
  await linkNames(directory, payload);
  if (before !== undefined) await rm(`${directory}/${before}`, { recursive: true, force: true });
  if (group !== undefined) await groupLinks(directory, group);
  return true;
}

function ensureInside(path: string): void {
  const parts = path.split("/");
  if (path === "" || path.startsWith("/") || parts.includes("..") || path.startsWith("..")) {
    throw new Error(`invalid path ${JSON.stringify(path)} in a volume: it must stay inside`);
  }
}

async function writeFileAt(path: string, file: PayloadFile): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await writeFile(path, file.data, { mode: file.mode });
  await chmod(path, file.mode);
  if (file.uid !== undefined) await chown(path, file.uid, (await lstat(path)).gid);
}

function datedName(now: number): string {
  const stamp = new Date(now).toISOString().slice(0, 19).replace(/[-T:]/g, "_");
  return `..${stamp}.${randomInt(1, 2 ** 32)}`;
}

async function isSame(directory: string, payload: Payload): Promise<boolean> {
  const files = new Set(await listFiles(directory, ""));
  if (files.size !== payload.size) return false;
  for (const [path, file] of payload) {
    if (!files.has(path)) return false;
    const content = await readFile(`${directory}/${path}`);
    if (!content.equals(file.data)) return false;
  }
  return true;
}

async function listFiles(directory: string, prefix: string): Promise<string[]> {
  const entries = await readdir(`${directory}/${prefix}`, { withFileTypes: true }).catch(() => []);
  const nested = entries.map((entry) => {
    const path = prefix + entry.name;
    return entry.isDirectory() ? listFiles(directory, `${path}/`) : Promise.resolve([path]);
  });
  return (await Promise.all(nested)).flat();
}

/** Makes the visible links of new names and takes away those of names that are gone. */
async function linkNames(directory: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split("/")[0] ?? ""));
  const existing = new Set((await readdir(directory)).filter((name) => !name.startsWith("..")));
  for (const name of wanted) if (!existing.has(name)) await symlink(`${dataLink}/${name}`, `${directory}/${name}`);
  for (const name of existing)
    if (!wanted.has(name)) await rm(`${directory}/${name}`, { force: true, recursive: true });
}

async function groupLinks(directory: string, group: number): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = `${directory}/${name}`;
    const info = await lstat(path);
    if (info.isSymbolicLink()) await lchown(path, info.uid, group);
  }
}
