/** How full a file system is. */
import { statfs } from "node:fs/promises";

export interface FileSystemUsage {
  readonly capacityBytes: number;
  /** What others than root may still use. */
  readonly availableBytes: number;
  readonly usedBytes: number;
  /** 0 where the file system does not count them. */
  readonly inodes: number;
  readonly inodesFree: number;
}

/** Of the file system that the path is on. Rejects with what the kernel says. */
export async function readFileSystem(path: string): Promise<FileSystemUsage> {
  const { bsize, blocks, bavail, bfree, files, ffree } = await statfs(path);
  return {
    capacityBytes: blocks * bsize,
    availableBytes: bavail * bsize,
    usedBytes: (blocks - bfree) * bsize,
    inodes: files,
    inodesFree: ffree,
  };
}
