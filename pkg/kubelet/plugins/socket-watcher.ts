/** The sockets below a directory, as they come and go. Names that begin with a dot are passed over. */
import { type FSWatcher, watch } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";

/** Paths, with what tells a socket from a later one at the same place. */
export type Sockets = ReadonlyMap<string, string>;

export interface SocketWatcherOptions {
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Told after each reading. */
  readonly found: (sockets: Sockets) => void;
}

/** The directories are read this often though no change was told of. */
const readEveryMs = 10_000;
/** Changes that come together are read together. */
const settleMs = 50;
const directoriesMax = 256;

/** Runs until the signal aborts; never rejects. */
export async function watchSockets(options: SocketWatcherOptions): Promise<void> {
  const { directory, clock, log, signal, found } = options;
  let directories = [directory];
  while (!signal.aborted) {
    // Watching before reading: what changes in between is read again.
    const watching = watchAll(directories);
    try {
      const read = await readTree(directory);
      found(read.sockets);
      // A new directory may have got its socket before it was watched: it is read once more.
      const isSame = read.directories.join("\n") === directories.join("\n");
      ({ directories } = read);
      if (isSame) await Promise.race([watching.changed, clock.sleep(readEveryMs, signal)]);
      await clock.sleep(settleMs, signal);
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err, directory }, "the sockets of plugins were not read");
      await clock.sleep(readEveryMs, signal).catch(() => undefined);
    } finally {
      watching[Symbol.dispose]();
    }
  }
}

function watchAll(directories: readonly string[]): Disposable & { readonly changed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watchers: FSWatcher[] = [];
  for (const directory of directories) {
    try {
      const watcher = watch(directory, { persistent: false }, () => resolve());
      // A directory that vanishes is found by the next reading.
      watcher.on("error", () => undefined);
      watchers.push(watcher);
    } catch {
      resolve();
    }
  }
  return {
    changed: promise,
    [Symbol.dispose]() {
      for (const watcher of watchers) watcher.close();
    },
  };
}

async function readTree(root: string): Promise<{ sockets: Map<string, string>; directories: string[] }> {
  const sockets = new Map<string, string>();
  const directories = [root];
  for (let at = 0; at < directories.length; at++) {
    const directory = directories[at] as string;
    // What vanishes meanwhile holds nothing.
    for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
      if (entry.name.startsWith(".")) continue;
      const path = join(directory, entry.name);
      if (entry.isDirectory() && directories.length < directoriesMax) directories.push(path);
      if (!entry.isSocket()) continue;
      const info = await lstat(path, { bigint: true }).catch(() => undefined);
      if (info) sockets.set(path, `${info.ino}-${info.ctimeNs}`);
    }
  }
  return { sockets, directories };
}
