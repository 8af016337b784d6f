import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { eventually } from "#test/support/cluster.ts";
import { type Sockets, watchSockets } from "./socket-watcher.ts";

const soon = { withinMs: 5_000, everyMs: 20 };

async function listen(path: string): Promise<Server> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}

const close = (server: Server) => new Promise((resolve) => server.close(resolve));

test("sockets are found where they come, told from later ones, and missed when they go", async () => {
  const directory = await mkdtemp(join(tmpdir(), "kubets-plugins-"));
  const stop = new AbortController();
  let last: Sockets = new Map();
  const found = (sockets: Sockets) => {
    last = sockets;
  };
  const watching = watchSockets({
    directory,
    clock: systemClock,
    log: createLogger("test"),
    signal: stop.signal,
    found,
  });
  const path = (name: string) => join(directory, name);
  const shows = (...names: string[]) =>
    eventually(async () => [...last.keys()].sort().join() === names.map(path).join(), soon);
  const servers: Server[] = [];
  try {
    await writeFile(path("file"), "");
    servers.push(await listen(path(".hidden")), await listen(path("a")));
    await shows("a");
    await mkdir(path("deep/er"), { recursive: true });
    servers.push(await listen(path("deep/er/b")));
    await shows("a", "deep/er/b");
    const before = last.get(path("a"));
    await close(servers[1] as Server);
    servers[1] = await listen(path("a"));
    await eventually(async () => (last.get(path("a")) ?? before) !== before, soon);
    await close(servers[2] as Server);
    await shows("a");
  } finally {
    stop.abort();
    await watching;
    for (const server of servers) if (server.listening) await close(server);
    await rm(directory, { recursive: true });
  }
});
