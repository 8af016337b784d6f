/** How much lies below a directory, as du(1) counts: blocks in use, hard links once, one file system. The work is bounded. */
import { lstat, opendir } from "node:fs/promises";
import type { DiskUse } from "./pod-use.ts";

export interface DiskUseOptions {
  readonly signal: AbortSignal;
  /** It is enough to know that there is more than this. */
  readonly bytesEnough?: number;
  /** Default 100,000: a walk ends there, and what it has counted is what it tells. */
  readonly entriesMax?: number;
}

const defaultEntriesMax = 100_000;
const blockBytes = 512;

interface Walk {
  readonly device: number;
  readonly linked: Set<number>;
  bytes: number;
  inodes: number;
}

/** Zero where there is nothing. Rejects with what the file system says, and with the signal's reason. */
export async function diskUseBelow(path: string, options: DiskUseOptions): Promise<DiskUse> {
  const { signal, bytesEnough = Infinity, entriesMax = defaultEntriesMax } = options;
  const top = await lstat(path).catch(ignoreMissing);
  if (!top) return { bytes: 0, inodes: 0 };
  const walk: Walk = { device: top.dev, linked: new Set(), bytes: top.blocks * blockBytes, inodes: 1 };
  const left = top.isDirectory() ? [path] : [];
  for (let directory = left.pop(); directory !== undefined; directory = left.pop()) {
    for await (const name of namesIn(directory)) {
      signal.throwIfAborted();
      if (walk.bytes > bytesEnough || walk.inodes >= entriesMax) return { bytes: walk.bytes, inodes: walk.inodes };
      if (await count(`${directory}/${name}`, walk)) left.push(`${directory}/${name}`);
    }
  }
  return { bytes: walk.bytes, inodes: walk.inodes };
}

/** A pod takes files away while they are counted: what is gone counts nothing. */
async function* namesIn(directory: string): AsyncGenerator<string> {
  const entries = await opendir(directory).catch(ignoreMissing);
  for await (const { name } of entries ?? []) yield name;
}

/** Returns whether it is a directory to go into. */
async function count(path: string, walk: Walk): Promise<boolean> {
  const info = await lstat(path).catch(ignoreMissing);
  if (!info || info.dev !== walk.device) return false;
  if (info.nlink > 1 && !info.isDirectory()) {
    if (walk.linked.has(info.ino)) return false;
    walk.linked.add(info.ino);
  }
  walk.bytes += info.blocks * blockBytes;
  walk.inodes++;
  return info.isDirectory();
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT" && error.code !== "ENOTDIR") throw error;
}
