/** Layers of images as files: a Debian tree, and small ones of some files. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { buildTar, type TarEntry } from "#pkg/cluster/images/tar.ts";

const run = promisify(execFile);
const outputBytesMax = 64 * 1024 * 1024;

/** What the specs' shell commands use: coreutils and dash come with Debian. */
const packages = [
  "ca-certificates",
  "curl",
  "dnsutils",
  "iproute2",
  "iputils-ping",
  "netcat-openbsd",
  "nginx-light",
  "perl-base",
  "procps",
];
const suite = "bookworm";
/** Nobody reads these in a test. */
const leftOut = [
  "./dev/*",
  "./proc/*",
  "./sys/*",
  "./usr/share/doc",
  "./usr/share/locale",
  "./var/cache",
  "./var/lib/apt",
];

async function whole(path: string, write: (draft: string) => Promise<unknown>): Promise<void> {
  if (existsSync(path)) return;
  await write(`${path}.new`);
  await rename(`${path}.new`, path);
}

/** A small Debian, from the mirror that the machine's apt uses; some minutes the first time. Needs root. */
export async function debianLayer(directory: string): Promise<string> {
  const path = join(directory, "debian.tar");
  const tree = join(directory, "debian");
  await mkdir(directory, { recursive: true });
  await whole(tree, (draft) =>
    run("debootstrap", ["--variant=minbase", `--include=${packages.join()}`, suite, draft], {
      maxBuffer: outputBytesMax,
    }),
  );
  const excluded = leftOut.map((pattern) => `--exclude=${pattern}`);
  await whole(path, (draft) => run("tar", ["-C", tree, ...excluded, "-cf", draft, "."]));
  return path;
}

/** Writes the layer anew: it is small, or of programs that may have changed. */
export async function smallLayer(directory: string, name: string, entries: readonly TarEntry[]): Promise<string> {
  const path = join(directory, `${name}.tar`);
  await writeFile(path, buildTar(entries));
  return path;
}

/** `sha256:…` of a file. */
export async function digestOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest("hex")}`;
}

export const fileEntry = async (path: string, source: string, mode = 0o755): Promise<TarEntry> => ({
  kind: "file",
  path,
  mode,
  data: await readFile(source),
});

export const textEntry = (path: string, text: string, mode = 0o644): TarEntry => ({
  kind: "file",
  path,
  mode,
  data: Buffer.from(text),
});
