/** A body for those who pass it on: as fast as they read, and no faster. */
import { Readable } from "node:stream";
import type { ServerStream } from "./stream.ts";

export function bodyStream(stream: ServerStream): Readable {
  let unread = 0;
  const readable = new Readable({
    read() {
      const bytes = unread;
      unread = 0;
      if (bytes > 0) stream.consumed(bytes);
    },
  });
  // Who passes a body on hears of its end by the request's signal.
  readable.on("error", () => undefined);
  stream.readBody({
    data(bytes) {
      unread += bytes.length;
      // Asks for more by itself, in a later turn, when there is room.
      readable.push(bytes);
    },
    end: () => readable.push(null),
    cut: () => readable.destroy(new Error("the client closed the connection before the whole request body arrived")),
  });
  return readable;
}
