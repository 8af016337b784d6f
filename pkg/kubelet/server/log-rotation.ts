/** Keeps the logs of running containers within bounds: by size, a number of files each, the older ones compressed. */
import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { ContainerState } from "#api/cri/index.ts";
import type { ServerHost, ServerOptions } from "./host.ts";

const lookMs = 10_000;
const defaultBytesMax = 10 * 1024 * 1024;
const defaultFilesMax = 5;

/** Runs until the signal; never rejects. */
export async function rotateLogs(host: ServerHost, options: ServerOptions, signal: AbortSignal): Promise<void> {
  const { clock, log } = host;
  while (!signal.aborted) {
    await clock.sleep(lookMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    await lookOnce(host, options).catch((err: unknown) => log.warn({ err }, "container logs were not rotated"));
  }
}

export async function lookOnce(host: ServerHost, options: ServerOptions): Promise<void> {
  const { cri, log } = host;
  const bytesMax = options.containerLogBytesMax ?? defaultBytesMax;
  const filter = { state: { state: ContainerState.CONTAINER_RUNNING } };
  const { containers } = await cri.runtime("ListContainers", { filter });
  for (const { id } of containers) {
    try {
      const { status } = await cri.runtime("ContainerStatus", { containerId: id });
      const path = status?.logPath ?? "";
      if (path === "" || ((await stat(path).catch(() => undefined))?.size ?? 0) < bytesMax) continue;
      await rotate(host, { id, path, filesMax: options.containerLogFilesMax ?? defaultFilesMax });
    } catch (err) {
      log.warn({ err, container: id }, "a container's log was not rotated");
    }
  }
}

interface Rotation {
  readonly id: string;
  readonly path: string;
  readonly filesMax: number;
}

/** The newest rotated file stays plain: whoever reads it now goes on reading. */
async function rotate(host: ServerHost, { id, path, filesMax }: Rotation): Promise<void> {
  const older = await rotatedFiles(path);
  // Room for the one being written and the one that is rotated now.
  const kept = Math.max(0, filesMax - 2);
  for (const file of older.slice(0, Math.max(0, older.length - kept))) await rm(file, { force: true });
  for (const file of older.slice(-kept || older.length)) if (!file.endsWith(".gz")) await compress(file);
  const now = new Date(host.clock.now());
  // 20260102-150405, as upstream names them.
  const [date, time] = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  const rotated = `${path}.${date}-${time}`;
  await rename(path, rotated);
  try {
    await host.cri.runtime("ReopenContainerLog", { containerId: id });
  } catch (error) {
    // The runtime still writes into the old file: it must keep its name.
    await rename(rotated, path);
    throw error;
  }
}

/** Oldest first: their times are their names. Half-written ones of a crash are removed. */
async function rotatedFiles(path: string): Promise<string[]> {
  const directory = dirname(path);
  const names = (await readdir(directory)).filter((name) => name.startsWith(`${basename(path)}.`)).sort();
  for (const name of names) if (name.endsWith(".tmp")) await rm(`${directory}/${name}`, { force: true });
  return names.filter((name) => !name.endsWith(".tmp")).map((name) => `${directory}/${name}`);
}

async function compress(file: string): Promise<void> {
  const half = `${file}.tmp`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(half));
  await rename(half, `${file}.gz`);
  await rm(file, { force: true });
}
