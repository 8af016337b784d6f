/** Built images as files: blobs by digest and a list of names, which the registry serves. */
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BuiltImage } from "./oci.ts";

export interface StoredImage {
  /** `kubets.dev/busybox:latest` */
  readonly name: string;
  readonly digest: string;
}

export const storedImagesFile = (directory: string): string => join(directory, "images.json");

/** Relative to the directory. `digest` must be `sha256:` and hexadecimal digits. */
export const blobFile = (digest: string): string => join("blobs", digest.replace(":", "/"));

export const namesOf = (images: readonly BuiltImage[]): StoredImage[] =>
  images.flatMap((image) => image.names.map((name) => ({ name, digest: image.manifest.digest })));

async function writeWhole(path: string, data: string | Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, data);
  await rename(draft, path);
}

/** The names come last: a name is never there before its blobs. */
export async function storeImages(directory: string, images: readonly BuiltImage[]): Promise<void> {
  const blobs = new Map(images.flatMap((image) => [...image.blobs]));
  await Promise.all([...blobs].map(([digest, data]) => writeWhole(join(directory, blobFile(digest)), data)));
  await writeWhole(storedImagesFile(directory), JSON.stringify(namesOf(images)));
}
