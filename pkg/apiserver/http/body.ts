/** Reads a request body within a bound. */
import type { Readable } from "node:stream";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";

/** Upstream's limit on request bodies, bytes. */
export const bodyBytesMax = 3 * 1024 * 1024;

export const entityTooLarge = (limit: number): StatusError =>
  new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${limit}`);

export const cutBody = (): StatusError =>
  badRequest("the client closed the connection before the whole request body arrived");

/** Rejects with 413 as soon as `limit` is passed; what follows is read and thrown away. */
export function readBody(stream: Readable, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    stream.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(entityTooLarge(limit));
      }
    });
    stream.on("end", () => {
      ended = true;
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    // Every stream closes in the end: an error is made only where somebody will hear of it.
    let ended = false;
    const cut = () => {
      if (!ended) reject(cutBody());
    };
    stream.on("aborted", cut);
    stream.on("error", cut);
    stream.on("close", cut);
  });
}
