/** `/logs/`: the machine's logs as files, and directories as pages of links, as a web server would show them. */
import { createReadStream } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { join, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import { HttpError } from "./host.ts";

const directory = "/var/log";
/** Of a page; the rest is not shown. */
const entriesMax = 10_000;

export interface SystemLogRequest {
  /** Words of the path below `/logs`, decoded; the last is empty where the path ends in a slash. */
  readonly path: readonly string[];
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
  /** Other than `/var/log`, for tests. */
  readonly root?: string;
}

/** Rejects with HttpError 404 for what there is not, 403 for what lies elsewhere or may not be read. */
export async function serveSystemLog({ path, response, signal, root = directory }: SystemLogRequest): Promise<void> {
  const file = await realPathOf(root, path);
  const facts = await stat(file).catch(failed);
  if (facts.isDirectory()) {
    if (path.at(-1) === "") await sendPage(file, response);
    else redirect(response, `${path.at(-1) ?? "logs"}/`);
    return;
  }
  if (!facts.isFile()) throw new HttpError(403, "403 Forbidden");
  const handle = await open(file, "r").catch(failed);
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8", "content-length": facts.size });
  // A log may have grown since: what was announced is what is sent.
  const bytes = createReadStream("", { fd: handle, start: 0, end: Math.max(0, facts.size - 1), signal });
  await pipeline(bytes, response, { signal });
}

async function realPathOf(root: string, path: readonly string[]): Promise<string> {
  if (path.some((word) => word === ".." || word.includes("/") || word.includes("\0"))) {
    throw new HttpError(400, "invalid path");
  }
  const base = await realpath(resolve(root)).catch(failed);
  const file = await realpath(join(base, ...path)).catch(failed);
  if (file !== base && !file.startsWith(base + sep)) throw new HttpError(403, "403 Forbidden");
  return file;
}

async function sendPage(path: string, response: ServerResponse): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(failed);
  const names = entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)).toSorted();
  const links = names.slice(0, entriesMax).map((name) => `<a href="${encodeURI(name)}">${escapeHtml(name)}</a>\n`);
  const page = Buffer.from(
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join("")}</pre>\n`,
  );
  response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-length": page.length });
  response.end(page);
}

function redirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { location, "content-length": 0 });
  response.end();
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&#34;",
  "'": "&#39;",
};

const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character] as string);

function failed(error: NodeJS.ErrnoException): never {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new HttpError(404, "404 page not found");
  if (error.code === "EACCES" || error.code === "EPERM") throw new HttpError(403, "403 Forbidden");
  throw error;
}
