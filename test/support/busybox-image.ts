/** An OCI archive with busybox, made from the machine's static binary: tests need no registry. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

interface TarEntry {
  readonly path: string;
  readonly mode: number;
  readonly type: "file" | "directory" | "symlink";
  readonly content?: Buffer;
  readonly target?: string;
}

const typeFlags = { file: "0", symlink: "2", directory: "5" } as const;

function tarHeader(entry: TarEntry): Buffer {
  const header = Buffer.alloc(512);
  const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;
  header.write(entry.path, 0, 100);
  header.write(octal(entry.mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(entry.content?.length ?? 0, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write(typeFlags[entry.type], 156);
  header.write(entry.target ?? "", 157, 100);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function tarOf(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    parts.push(tarHeader(entry));
    if (!entry.content) continue;
    parts.push(entry.content, Buffer.alloc((512 - (entry.content.length % 512)) % 512));
  }
  parts.push(Buffer.alloc(1024));
  return Buffer.concat(parts);
}

function busyboxLayer(): Buffer {
  const directories = ["bin", "etc", "root", "var", "proc", "sys", "dev", "tmp"].map(
    (path): TarEntry => ({ path: `${path}/`, mode: path === "tmp" ? 0o1777 : 0o755, type: "directory" }),
  );
  const applets = execFileSync("/bin/busybox", ["--list"], { encoding: "utf8" })
    .split("\n")
    .filter((name) => name && name !== "busybox");
  const text = (path: string, content: string): TarEntry => ({
    path,
    mode: 0o644,
    type: "file",
    content: Buffer.from(content),
  });
  return tarOf([
    ...directories,
    { path: "bin/busybox", mode: 0o755, type: "file", content: readFileSync("/bin/busybox") },
    ...applets.map((name): TarEntry => ({ path: `bin/${name}`, mode: 0o777, type: "symlink", target: "busybox" })),
    text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"),
    text("etc/group", "root:x:0:\n"),
  ]);
}

export const busyboxImage = "kubets.test/busybox:1";
export const pauseImage = "kubets.test/pause:1";
/** Busybox whose image says `USER someone`: for checks of runAsNonRoot. */
export const namedUserImage = "kubets.test/named-user:1";

/** Writes an archive for `ctr images import` with the images above. */
export function writeImageArchive(file: string): void {
  const blobs = new Map<string, Buffer>();
  const add = (content: Buffer): { digest: string; size: number } => {
    const hex = createHash("sha256").update(content).digest("hex");
    blobs.set(`blobs/sha256/${hex}`, content);
    return { digest: `sha256:${hex}`, size: content.length };
  };
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const layer = add(busyboxLayer());
  const image = (name: string, config: object): object => {
    const configBlob = add(
      json({
        architecture: process.arch === "arm64" ? "arm64" : "amd64",
        os: "linux",
        config: { Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], ...config },
        rootfs: { type: "layers", diff_ids: [layer.digest] },
        history: [],
      }),
    );
    const manifest = add(
      json({
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        config: { mediaType: "application/vnd.oci.image.config.v1+json", ...configBlob },
        layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }],
      }),
    );
    return {
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      ...manifest,
      annotations: { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": "1" },
    };
  };
  const manifests = [
    image(busyboxImage, { Cmd: ["sh"] }),
    image(pauseImage, { Entrypoint: ["/bin/busybox", "sleep", "2147483647"] }),
    image(namedUserImage, { Cmd: ["sh"], User: "nobody" }),
  ];
  const files: TarEntry[] = [
    { path: "oci-layout", mode: 0o644, type: "file", content: json({ imageLayoutVersion: "1.0.0" }) },
    { path: "index.json", mode: 0o644, type: "file", content: json({ schemaVersion: 2, manifests }) },
    ...[...blobs].map(([path, content]): TarEntry => ({ path, mode: 0o644, type: "file", content })),
  ];
  writeFileSync(file, tarOf(files));
}
