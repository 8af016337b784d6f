/** OCI images (image-spec 1.0) from layers in memory, as blobs and as one archive that `ctr images import` takes. */
import { createHash } from "node:crypto";
import { buildTar, type TarEntry } from "./tar.ts";

export interface ImageSpec {
  /** With registry and tag: `kubets.dev/busybox:latest`. */
  readonly names: readonly string[];
  readonly layer: readonly TarEntry[];
  readonly config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly Env?: readonly string[];
    readonly WorkingDir?: string;
  };
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface BuiltImage {
  readonly names: readonly string[];
  readonly manifest: Descriptor;
  /** By digest. */
  readonly blobs: ReadonlyMap<string, Buffer>;
}

export const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Go's names of architectures, which is what images carry. */
export function goArchitecture(arch: string = process.arch): string {
  const names: Readonly<Record<string, string>> = { x64: "amd64", arm64: "arm64", arm: "arm", ia32: "386" };
  return names[arch] ?? arch;
}

export function buildImage(spec: ImageSpec): BuiltImage {
  const blobs = new Map<string, Buffer>();
  const add = (mediaType: string, data: Buffer): Descriptor => {
    const digest = `sha256:${createHash("sha256").update(data).digest("hex")}`;
    blobs.set(digest, data);
    return { mediaType, digest, size: data.length };
  };
  const json = (value: unknown) => Buffer.from(JSON.stringify(value));
  const layer = add("application/vnd.oci.image.layer.v1.tar", buildTar(spec.layer));
  const config = add(
    "application/vnd.oci.image.config.v1+json",
    json({
      created: "1970-01-01T00:00:00Z",
      architecture: goArchitecture(),
      os: "linux",
      config: spec.config,
      rootfs: { type: "layers", diff_ids: [layer.digest] },
      history: [{ created: "1970-01-01T00:00:00Z", created_by: "kubets" }],
    }),
  );
  const manifest = add(manifestType, json({ schemaVersion: 2, mediaType: manifestType, config, layers: [layer] }));
  return { names: spec.names, manifest, blobs };
}

/** One archive with every image, named the way containerd wants it. */
export function buildArchive(images: readonly BuiltImage[]): Buffer {
  const manifests = images.flatMap((image) =>
    image.names.map((name) => ({
      ...image.manifest,
      annotations: {
        "io.containerd.image.name": name,
        "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
      },
      platform: { architecture: goArchitecture(), os: "linux" },
    })),
  );
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  const file = (path: string, data: Buffer): TarEntry => ({ kind: "file", path, mode: 0o644, data });
  return buildTar([
    file("oci-layout", Buffer.from('{"imageLayoutVersion":"1.0.0"}')),
    file("index.json", Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }))),
    { kind: "directory", path: "blobs", mode: 0o755 },
    { kind: "directory", path: "blobs/sha256", mode: 0o755 },
    ...[...blobs].map(([digest, data]) => file(`blobs/sha256/${digest.slice("sha256:".length)}`, data)),
  ]);
}
