/** Long answers in pieces: what they are put together from is written as fast as the client reads, and never copied as a whole. */
import { createGzip } from "node:zlib";
import { Stretch } from "#pkg/apimachinery/stretch.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import type { Sink } from "../http/exchange.ts";
import { acceptsGzip, gzipBytesMin, gzipLevel, sendBytes } from "./send.ts";

/** What is gathered before anything is sent: an answer that is over by then goes as a whole. */
const firstBytes = gzipBytesMin;
/** How much is gathered into one write after that, bytes. */
const writeBytes = 64 * 1024;

/**
 * Nobody changes a piece any more. Pieces are made while the client takes them, and others get their turns meanwhile. Resolves
 * when all of it is written, or the client has gone.
 */
export async function sendPieces(
  context: RequestContext,
  contentType: string,
  pieces: Iterable<Buffer>,
): Promise<void> {
  const { signal } = context.exchange;
  let gathered: Buffer[] = [];
  let size = 0;
  let writer: PieceWriter | undefined;
  const stretch = new Stretch();
  for (const piece of pieces) {
    gathered.push(piece);
    size += piece.length;
    if (size >= (writer ? writeBytes : firstBytes)) {
      writer ??= startWriter(context, contentType);
      await writer.write(gathered, size);
      gathered = [];
      size = 0;
    }
    if (stretch.isOver) await stretch.giveWay();
    if (signal.aborted) return;
  }
  if (!writer) sendBytes(context, 200, contentType, Buffer.concat(gathered, size));
  else writer.end(gathered, size);
}

interface PieceWriter {
  /** A promise: wait for it before writing more. */
  write(pieces: readonly Buffer[], size: number): Promise<void> | undefined;
  end(pieces: readonly Buffer[], size: number): void;
}

function startWriter(context: RequestContext, contentType: string): PieceWriter {
  const { exchange } = context;
  const headers = responseHeaders(context, contentType);
  if (!acceptsGzip(exchange)) return plainWriter(exchange.stream(200, headers));
  headers["content-encoding"] = "gzip";
  headers["vary"] = "Accept-Encoding";
  return gzipWriter(exchange.stream(200, headers), exchange.signal);
}

function plainWriter(sink: Sink): PieceWriter {
  return {
    write: (pieces) => (sink.writeAll(pieces) ? undefined : new Promise((resolve) => sink.onDrain(resolve))),
    end(pieces) {
      sink.writeAll(pieces);
      sink.end();
    },
  };
}

function gzipWriter(sink: Sink, signal: AbortSignal): PieceWriter {
  const packer = createGzip({ level: gzipLevel });
  packer.on("data", (chunk: Buffer) => {
    if (sink.write(chunk) || sink.closed) return;
    packer.pause();
    sink.onDrain(() => packer.resume());
  });
  packer.on("end", () => sink.end());
  packer.on("error", () => sink.end());
  let resume = (): void => {};
  packer.once("close", () => resume());
  signal.addEventListener("abort", () => packer.destroy(), { once: true });
  // Lent to the packer until it has read it: garbage outside of the heap is collected late.
  let room = Buffer.allocUnsafeSlow(2 * writeBytes);
  const gather = (pieces: readonly Buffer[], size: number): Buffer => {
    if (size > room.length) room = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const piece of pieces) at += piece.copy(room, at);
    return room.subarray(0, size);
  };
  return {
    write: (pieces, size) =>
      new Promise((resolve) => {
        if (packer.destroyed) return resolve();
        resume = resolve;
        packer.write(gather(pieces, size), () => resolve());
      }),
    end(pieces, size) {
      if (!packer.destroyed) packer.end(gather(pieces, size));
    },
  };
}
