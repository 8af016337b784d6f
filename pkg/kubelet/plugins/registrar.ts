/** Asks each plugin's socket what it is and hands it to who serves its type; takes it back when the socket goes. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { Backoff } from "#pkg/client/index.ts";
import { GrpcConnection } from "../cri/connection.ts";
import { getInfo, notify } from "./registration-api.ts";
import type { Sockets } from "./socket-watcher.ts";

export interface Plugin {
  readonly name: string;
  /** The path of the socket that it serves on. */
  readonly endpoint: string;
  readonly versions: readonly string[];
}

export interface PluginHandler {
  /** Throws an Error, which the plugin is told. Nothing may be kept of the plugin. */
  validate(plugin: Plugin): void;
  /** After `validate`. Throws an Error, which the plugin is told; nothing is kept then. */
  register(plugin: Plugin): void;
  /** After `register`. */
  deregister(plugin: Plugin): void;
}

export interface RegistrarOptions {
  /** By type, as plugins name it. */
  readonly handlers: ReadonlyMap<string, PluginHandler>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** The wait after the first failure, and the longest. */
const retryFirstMs = 500;
const retryMsMax = 122_000;

class Entry {
  readonly identity: string;
  readonly stop = new AbortController();
  registered: { readonly handler: PluginHandler; readonly plugin: Plugin } | undefined;

  constructor(identity: string) {
    this.identity = identity;
  }
}

const failure = (text: string): Error => new Error(`RegisterPlugin error -- ${text}`);

export class PluginRegistrar {
  readonly #options: RegistrarOptions;
  /** By the path of the socket. */
  readonly #entries = new Map<string, Entry>();

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  /** These sockets are there, and no others. Returns at once. */
  accept(sockets: Sockets): void {
    for (const [path, entry] of this.#entries) if (sockets.get(path) !== entry.identity) this.#drop(path, entry);
    for (const [path, identity] of sockets) {
      if (this.#entries.has(path)) continue;
      const entry = new Entry(identity);
      this.#entries.set(path, entry);
      void this.#registerUntilDone(path, entry);
    }
  }

  #drop(path: string, entry: Entry): void {
    this.#entries.delete(path);
    entry.stop.abort();
    const { registered } = entry;
    if (!registered) return;
    entry.registered = undefined;
    registered.handler.deregister(registered.plugin);
    this.#options.log.info({ plugin: registered.plugin.name, socket: path }, "a plugin was taken away");
  }

  async #registerUntilDone(path: string, entry: Entry): Promise<void> {
    const { clock, log } = this.#options;
    const signal = AbortSignal.any([this.#options.signal, entry.stop.signal]);
    const backoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMsMax });
    while (!signal.aborted) {
      try {
        await this.#register(path, entry, signal);
        return;
      } catch (err) {
        if (signal.aborted) return;
        log.warn({ err, socket: path }, "a plugin was not registered");
        await clock.sleep(backoff.nextMs(), signal).catch(() => undefined);
      }
    }
  }

  /** Rejects with an Error in upstream's words, also when the plugin was refused and told so. */
  async #register(path: string, entry: Entry, signal: AbortSignal): Promise<void> {
    const { handlers, log } = this.#options;
    using connection = new GrpcConnection(path);
    const info = await getInfo(connection, signal).catch((error: Error) => {
      throw failure(`failed to get plugin info using RPC GetInfo at socket ${path}, err: ${error.message}`);
    });
    const plugin = { name: info.name, endpoint: info.endpoint || path, versions: info.supportedVersions };
    try {
      const handler = handlers.get(info.type);
      if (!handler) throw failure(`no handler registered for plugin type: ${info.type} at socket ${path}`);
      taking("plugin validation failed with err", () => handler.validate(plugin));
      signal.throwIfAborted();
      // Its connection may have gone and come again since an earlier attempt was told of.
      if (!entry.registered) {
        taking("plugin registration failed with err", () => handler.register(plugin));
        entry.registered = { handler, plugin };
        log.info({ plugin: info.name, type: info.type, endpoint: plugin.endpoint }, "a plugin was registered");
      }
    } catch (error) {
      await notify(connection, (error as Error).message, signal);
      throw error;
    }
    await notify(connection, "", signal).catch((error: Error) => {
      throw failure(`failed to send registration status at socket ${path}, err: : ${error.message}`);
    });
  }
}

function taking(what: string, act: () => void): void {
  try {
    act();
  } catch (error) {
    throw failure(`${what}: ${(error as Error).message}`);
  }
}
