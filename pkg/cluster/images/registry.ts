/**
 * A read-only registry (OCI distribution 1.0: pull) on loopback for the built-in images. With it a pod that says
 * `image: kubets.dev/busybox`, whose pull policy is therefore Always, starts on a machine that reaches no registry.
 */
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { manifestType } from "./oci.ts";
import { blobFile, type StoredImage, storedImagesFile } from "./store.ts";

const pathPattern = /^\/v2\/([a-z0-9./_-]+)\/(manifests|blobs)\/([A-Za-z0-9_.:-]+)$/;
const digestPattern = /^sha256:[0-9a-f]{64}$/;

/** Splits `kubets.dev/busybox:latest` into repository and tag. */
function parseName(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(name.indexOf("/") + 1, colon), tag: name.slice(colon + 1) };
}

/** The digest that a tag of a repository stands for; undefined for an unknown one. Read each time: `up` may write anew. */
async function digestOf(directory: string, repository: string, reference: string): Promise<string | undefined> {
  if (digestPattern.test(reference)) return reference;
  const images = JSON.parse(await readFile(storedImagesFile(directory), "utf8")) as StoredImage[];
  const found = images.find((image) => {
    const name = parseName(image.name);
    return name.repository === repository && name.tag === reference;
  });
  return found?.digest;
}

function refuse(response: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] });
  response.writeHead(status, { "Content-Type": "application/json" }).end(body);
}

async function sendBlob(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = new URL(request.url ?? "/", "http://registry").pathname;
  const [, repository = "", kind, reference = ""] = pathPattern.exec(path) ?? [];
  const digest = kind === undefined ? undefined : await digestOf(directory, repository, reference);
  const file = digest === undefined ? undefined : join(directory, blobFile(digest));
  const info = file === undefined ? undefined : await stat(file).catch(() => undefined);
  if (digest === undefined || file === undefined || info === undefined) {
    refuse(response, 404, kind === "blobs" ? "BLOB_UNKNOWN" : "MANIFEST_UNKNOWN");
    return;
  }
  response.writeHead(200, {
    "Content-Type": kind === "manifests" ? manifestType : "application/octet-stream",
    "Content-Length": info.size,
    "Docker-Content-Digest": digest,
  });
  if (request.method === "HEAD") response.end();
  else await pipeline(createReadStream(file), response);
}

async function answer(directory: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
  if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "UNSUPPORTED");
  if (request.url === "/v2/") {
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    return;
  }
  await sendBlob(directory, request, response);
}

export interface RegistryAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Serves what `storeImages` wrote into `directory`. Rejects when the port is taken. The caller closes it. */
export async function startRegistry(directory: string, address: RegistryAddress): Promise<Server> {
  const server = createServer((request, response) => {
    answer(directory, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else refuse(response, 500, "UNKNOWN");
    });
  });
  server.listen(address.port, address.host);
  await once(server, "listening");
  return server;
}
