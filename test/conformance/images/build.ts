/** The suite's images as one archive for `kubets image load`, made of what the machine and Debian's mirror have. */
import { execFile } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { pauseScript, wgetScript } from "#pkg/cluster/images/busybox.ts";
import { goArchitecture, manifestType } from "#pkg/cluster/images/oci.ts";
import type { TarEntry } from "#pkg/cluster/images/tar.ts";
import { ensureProgram } from "#pkg/cluster/machine.ts";
import { debianLayer, digestOf, fileEntry, smallLayer, textEntry } from "./layers.ts";
import { type ImageRow, imageTable, type LayerName } from "./table.ts";

const run = promisify(execFile);
/** Raise it when layers change. */
const layoutVersion = 4;
const environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"];

export interface BuildOptions {
  /** Where layers are kept from one build to the next. */
  readonly directory: string;
  /** Holds agnhost, nonewprivs and sample-apiserver. */
  readonly programs: string;
  /** Upstream's sources of its test images. */
  readonly sources: string;
}

/** Every applet that Debian has no program for in `/bin`, where busybox's images have them all. */
async function busyboxEntries({ directory }: BuildOptions): Promise<TarEntry[]> {
  const busybox = ensureProgram("busybox");
  const { stdout } = await run(busybox, ["--list"]);
  const debian = new Set(await readdir(join(directory, "debian/usr/bin")));
  const applets = stdout.split("\n").filter((name) => name !== "" && !debian.has(name));
  return [
    // Debian's own shell drops variables whose names hold dashes, and specs look for them.
    { kind: "link", path: "usr/bin/sh", target: "bash" },
    await fileEntry("usr/bin/busybox", busybox),
    ...applets
      .filter((name) => name !== "busybox" && name !== "wget")
      .toSorted()
      .map((name): TarEntry => ({ kind: "link", path: `usr/bin/${name}`, target: "busybox" })),
    textEntry("usr/bin/wget", wgetScript, 0o755),
  ];
}

async function pauseEntries(): Promise<TarEntry[]> {
  return [
    { kind: "directory", path: "bin", mode: 0o755 },
    await fileEntry("bin/busybox", ensureProgram("busybox")),
    { kind: "link", path: "bin/sh", target: "busybox" },
    { kind: "link", path: "bin/sleep", target: "busybox" },
    textEntry("pause", pauseScript, 0o755),
  ];
}

/** With the certificate that porter serves, the second name that entry points are tried with, and a user with a group. */
async function agnhostEntries({ directory, programs, sources }: BuildOptions): Promise<TarEntry[]> {
  const debian = (path: string) => readFile(join(directory, "debian", path), "utf8");
  const porter = join(sources, "agnhost/porter");
  const user = "user-defined-in-image";
  return [
    await fileEntry("agnhost", join(programs, "agnhost")),
    { kind: "link", path: "agnhost-2", target: "agnhost" },
    await fileEntry("localhost.crt", join(porter, "localhost.crt"), 0o644),
    await fileEntry("localhost.key", join(porter, "localhost.key"), 0o644),
    { kind: "directory", path: "uploads", mode: 0o755 },
    textEntry("etc/passwd", `${await debian("etc/passwd")}${user}:x:1000:1000:Linux User,,,:/home/${user}:/bin/sh\n`),
    textEntry("etc/group", `${await debian("etc/group")}${user}:x:1000:\ngroup-defined-in-image:x:50000:${user}\n`),
  ];
}

/** The specs read which picture it is, and never the picture. */
const pictureEntries = (name: string): TarEntry[] => [
  textEntry("data.json", `{\n"image": "${name}"\n}\n`),
  textEntry(name, ""),
];

async function writeLayers(options: BuildOptions): Promise<Map<LayerName, string>> {
  const { directory, programs } = options;
  const layers = new Map<LayerName, string>([["debian", await debianLayer(directory)]]);
  const small: Readonly<Record<Exclude<LayerName, "debian">, () => Promise<TarEntry[]>>> = {
    agnhost: () => agnhostEntries(options),
    busybox: () => busyboxEntries(options),
    pause: pauseEntries,
    nautilus: async () => pictureEntries("nautilus.jpg"),
    kitten: async () => pictureEntries("kitten.jpg"),
    nnp: async () => [await fileEntry("usr/local/bin/nnp", join(programs, "nonewprivs"), 0o6755)],
    "sample-apiserver": async () => [await fileEntry("sample-apiserver", join(programs, "sample-apiserver"))],
    etcd: async () => [await fileEntry("usr/local/bin/etcd", ensureProgram("etcd"))],
  };
  for (const [name, entries] of Object.entries(small) as [LayerName, () => Promise<TarEntry[]>][]) {
    layers.set(name, await smallLayer(directory, name, await entries()));
  }
  return layers;
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** An OCI layout on disk (image-spec 1.0). */
class Layout {
  readonly #directory: string;
  readonly #manifests: object[] = [];

  constructor(directory: string) {
    this.#directory = directory;
  }

  async addFile(path: string, mediaType: string): Promise<Blob> {
    const digest = await digestOf(path);
    await mkdir(join(this.#directory, "blobs/sha256"), { recursive: true });
    await copyFile(path, join(this.#directory, "blobs", digest.replace(":", "/")));
    return { mediaType, digest, size: (await stat(path)).size };
  }

  async #addJson(value: unknown, mediaType: string): Promise<Blob> {
    const path = join(this.#directory, "blob.json");
    await writeFile(path, JSON.stringify(value));
    const blob = await this.addFile(path, mediaType);
    await rm(path);
    return blob;
  }

  async addImage({ names, config = {} }: ImageRow, layers: readonly Blob[]): Promise<void> {
    const platform = { architecture: goArchitecture(), os: "linux" };
    const rootfs = { type: "layers", diff_ids: layers.map(({ digest }) => digest) };
    const image = { ...platform, config: { Env: environment, ...config }, rootfs, history: [] };
    const described = await this.#addJson(image, "application/vnd.oci.image.config.v1+json");
    const manifest = { schemaVersion: 2, mediaType: manifestType, config: described, layers };
    const blob = await this.#addJson(manifest, manifestType);
    for (const name of names) {
      const tag = name.slice(name.lastIndexOf(":") + 1);
      const annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
      this.#manifests.push({ ...blob, annotations, platform });
    }
  }

  async finish(archive: string): Promise<void> {
    const write = (name: string, value: unknown) => writeFile(join(this.#directory, name), JSON.stringify(value));
    await write("oci-layout", { imageLayoutVersion: "1.0.0" });
    await write("index.json", { schemaVersion: 2, manifests: this.#manifests });
    await run("tar", ["-C", this.#directory, "-cf", archive, "."]);
  }
}

/** What the archive was made of: the same text means that it need not be made again. */
async function fingerprintOf({ programs }: BuildOptions): Promise<string> {
  const paths = ["agnhost", "nonewprivs", "sample-apiserver"].map((name) => join(programs, name));
  const files = await Promise.all(
    [...paths, ensureProgram("busybox"), ensureProgram("etcd")].map((path) => stat(path)),
  );
  return JSON.stringify([layoutVersion, imageTable, files.map(({ size, mtimeMs }) => [size, mtimeMs])]);
}

/** Returns the archive. Throws when a program is missing or Debian's tree cannot be made. */
export async function buildImages(options: BuildOptions): Promise<string> {
  const archive = join(options.directory, "images.tar");
  const mark = join(options.directory, "fingerprint");
  const fingerprint = await fingerprintOf(options);
  if ((await readFile(mark, "utf8").catch(() => "")) === fingerprint) return archive;
  const files = await writeLayers(options);
  const directory = join(options.directory, "layout");
  await rm(directory, { recursive: true, force: true });
  const layout = new Layout(directory);
  const blobs = new Map<LayerName, Blob>();
  for (const [name, path] of files) {
    blobs.set(name, await layout.addFile(path, "application/vnd.oci.image.layer.v1.tar"));
  }
  const blobOf = (name: LayerName): Blob => {
    const blob = blobs.get(name);
    if (!blob) throw new Error(`there is no layer ${name}`);
    return blob;
  };
  for (const row of imageTable) await layout.addImage(row, row.layers.map(blobOf));
  await layout.finish(archive);
  await rm(directory, { recursive: true, force: true });
  await writeFile(mark, fingerprint);
  return archive;
}
