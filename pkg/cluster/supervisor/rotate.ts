/** Keeps logs bounded. Children hold their log open for appending, so a full one is copied aside and cut in place. */
import { copyFile, readdir, stat, truncate } from "node:fs/promises";
import { join } from "node:path";

const logBytesMax = 10 * 1024 * 1024;

/** Each log takes at most about twice the bound: itself and one older copy. */
export async function rotateLogs(directory: string, bytesMax: number = logBytesMax): Promise<string[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".log"));
  const rotated: string[] = [];
  for (const name of names) {
    const path = join(directory, name);
    if ((await stat(path)).size <= bytesMax) continue;
    await copyFile(path, `${path}.1`);
    await truncate(path, 0);
    rotated.push(name);
  }
  return rotated;
}
