/** A lock that its holder's death frees: a listening abstract socket. */
import { createServer, type Server } from "node:net";

/** Returns undefined when another process holds it. */
export function tryLock(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(server));
  });
}
