/**
 * A read-only registry (OCI distribution 1.0: pull) on loopback for the built-in images. With it a pod that says
 * `image: kubets.dev/busybox`, whose pull policy is therefore Always, starts on a machine that reaches no registry.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type BuiltImage, manifestType } from "./oci.ts";

interface Content {
  readonly type: string;
  readonly digest: string;
  readonly data: Buffer;
}

/** By request path. */
type Contents = ReadonlyMap<string, Content>;

/** Splits `kubets.dev/busybox:latest` into repository and tag. */
function parseName(name: string): { repository: string; tag: string } {
  const colon = name.lastIndexOf(":");
  return { repository: name.slice(name.indexOf("/") + 1, colon), tag: name.slice(colon + 1) };
}

function contentsOf(images: readonly BuiltImage[]): Contents {
  const contents = new Map<string, Content>();
  for (const image of images) {
    for (const name of image.names) {
      const { repository, tag } = parseName(name);
      const { digest } = image.manifest;
      const manifest = { type: manifestType, digest, data: image.blobs.get(digest)! };
      contents.set(`/v2/${repository}/manifests/${tag}`, manifest);
      contents.set(`/v2/${repository}/manifests/${digest}`, manifest);
      for (const [blob, data] of image.blobs) {
        contents.set(`/v2/${repository}/blobs/${blob}`, { type: "application/octet-stream", digest: blob, data });
      }
    }
  }
  return contents;
}

function answer(contents: Contents, request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url ?? "/", "http://registry").pathname;
  response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405).end();
    return;
  }
  if (path === "/v2/") {
    response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
    return;
  }
  const content = contents.get(path);
  if (!content) {
    const body = JSON.stringify({ errors: [{ code: "NAME_UNKNOWN", message: `no ${path} here` }] });
    response.writeHead(404, { "Content-Type": "application/json" }).end(body);
    return;
  }
  response.writeHead(200, {
    "Content-Type": content.type,
    "Content-Length": content.data.length,
    "Docker-Content-Digest": content.digest,
  });
  response.end(request.method === "HEAD" ? undefined : content.data);
}

export interface RegistryAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Rejects when the port is taken. The caller closes it. */
export async function startRegistry(images: readonly BuiltImage[], address: RegistryAddress): Promise<Server> {
  const contents = contentsOf(images);
  const server = createServer((request, response) => answer(contents, request, response));
  server.listen(address.port, address.host);
  await once(server, "listening");
  return server;
}
