/** Reading without the queue of a stream. */
import type { Socket } from "node:net";

/**
 * Gives what the socket reads to `take`, chunk by chunk; nobody else reads it and nothing holds it up. A stream in flowing mode
 * would do the same, and ask itself after each chunk whether to read more: for the many small records of HTTP/2 that takes longer than
 * what is done with them. Should a socket one day not bring its chunks to its `push`, they come as events.
 */
export function takeChunks(socket: Socket, take: (chunk: Buffer) => void): void {
  socket.on("data", take);
  const push = socket.push.bind(socket);
  socket.push = (chunk: Buffer | null): boolean => {
    if (chunk === null) return push(null);
    take(chunk);
    return true;
  };
}
