/** A deterministic tar (ustar) writer: the same entries give the same bytes, so that image digests never change. */

export type TarEntry =
  | { readonly kind: "directory"; readonly path: string; readonly mode: number }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly data: Buffer }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

const blockSize = 512;

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}

/** ustar fits a path into 100 bytes; ours are short, and a longer one is a mistake in the caller. */
function ensureShort(path: string): string {
  if (Buffer.byteLength(path) > 100) throw new RangeError(`the tar path ${path} has more than 100 bytes`);
  return path;
}

const typeFlags = { directory: "5", file: "0", link: "2" } as const;

function headerOf(entry: TarEntry): Buffer {
  const header = Buffer.alloc(blockSize);
  const path = entry.kind === "directory" ? `${entry.path}/` : entry.path;
  header.write(ensureShort(path), 0);
  header.write(octal(entry.kind === "link" ? 0o777 : entry.mode, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(entry.kind === "file" ? entry.data.length : 0, 12), 124);
  header.write(octal(0, 12), 136);
  header.write("        ", 148);
  header.write(typeFlags[entry.kind], 156);
  if (entry.kind === "link") header.write(ensureShort(entry.target), 157);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** Owner 0:0, time 0, entries in the order given. */
export function buildTar(entries: readonly TarEntry[]): Buffer {
  const parts: Buffer[] = [];
  for (const entry of entries) {
    parts.push(headerOf(entry));
    if (entry.kind !== "file") continue;
    parts.push(entry.data, Buffer.alloc((blockSize - (entry.data.length % blockSize)) % blockSize));
  }
  parts.push(Buffer.alloc(2 * blockSize));
  return Buffer.concat(parts);
}
