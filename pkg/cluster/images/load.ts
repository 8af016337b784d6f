/** Brings image archives into a node's containerd. */
import { execFile } from "node:child_process";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ClusterConfig } from "../config.ts";
import { imagesDir, nodeLayout } from "../layout.ts";
import { ensureProgram } from "../machine.ts";
import { nodeIndexes } from "../node/places.ts";
import { UserError } from "../progress.ts";
import { buildBuiltinImages, builtinVersion } from "./busybox.ts";
import { buildArchive } from "./oci.ts";
import { type StoredImage, storedImagesFile, storeImages } from "./store.ts";

const run = promisify(execFile);
const importMs = 120_000;

const socketOf = (config: ClusterConfig, index: number): string =>
  config.containerRuntimeEndpoint === ""
    ? nodeLayout(config, index).containerdSocket
    : config.containerRuntimeEndpoint.replace(/^unix:\/\//, "");

async function ctr(socket: string, args: readonly string[]): Promise<string> {
  const all = ["--address", socket, "--namespace", "k8s.io", ...args];
  return (await run(ensureProgram("ctr"), all, { timeout: importMs, maxBuffer: 16 * 1024 * 1024 })).stdout;
}

async function importEverywhere(config: ClusterConfig, file: string): Promise<string[]> {
  const outputs = await Promise.all(
    nodeIndexes(config).map((index) => ctr(socketOf(config, index), ["images", "import", file])),
  );
  const names = outputs.flatMap((text) => [...text.matchAll(/^unpacking (\S+)/gm)].map((match) => match[1] ?? ""));
  return [...new Set(names)];
}

/** Imports an OCI or docker archive into every node. Returns the images' names; throws a UserError for a file that is none. */
export async function loadImages(config: ClusterConfig, file: string): Promise<string[]> {
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) throw new UserError(`There is no file ${file}.`);
  try {
    return await importEverywhere(config, file);
  } catch (error) {
    const text = (error as { stderr?: string }).stderr?.trim().split("\n").at(-1) ?? String(error);
    throw new UserError(`${file} could not be imported: ${text}`);
  }
}

/** Names and the program they were made of: the same text means that nothing has to be built. */
async function fingerprintOf(): Promise<string> {
  const path = ensureProgram("busybox");
  const { size, mtimeMs } = await stat(path);
  return `${builtinVersion} ${path} ${size} ${mtimeMs}`;
}

async function builtBefore(directory: string): Promise<string[]> {
  const known = await readFile(join(directory, "fingerprint"), "utf8").catch(() => "");
  if (known !== (await fingerprintOf())) return [];
  const images = JSON.parse(await readFile(storedImagesFile(directory), "utf8")) as StoredImage[];
  return images.map((image) => image.name);
}

/** Builds the built-in images where they are not yet, and imports them where a node lacks one. */
export async function ensureBuiltinImages(config: ClusterConfig): Promise<void> {
  const directory = imagesDir(config);
  const archive = join(directory, "builtin.tar");
  const names = await builtBefore(directory).catch(() => []);
  if (names.length > 0 && (await allPresent(config, names))) return;
  const images = await buildBuiltinImages();
  await storeImages(directory, images);
  await writeFile(archive, buildArchive(images));
  await importEverywhere(config, archive);
  await rm(archive);
  await writeFile(join(directory, "fingerprint"), await fingerprintOf());
}

async function allPresent(config: ClusterConfig, names: readonly string[]): Promise<boolean> {
  const lists = await Promise.all(
    nodeIndexes(config).map((index) => ctr(socketOf(config, index), ["images", "list", "--quiet"])),
  );
  return lists.every((list) => {
    const present = new Set(list.split("\n"));
    return names.every((name) => present.has(name));
  });
}
