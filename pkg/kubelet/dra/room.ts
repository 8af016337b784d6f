/** All that concerns devices of claims: drivers that register, what they prepare, what becomes of their slices. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Client } from "#pkg/client/index.ts";
import { PluginRegistrar } from "../plugins/registrar.ts";
import { watchSockets } from "../plugins/socket-watcher.ts";
import { Checkpoint } from "./checkpoint.ts";
import { Drivers } from "./drivers.ts";
import { DraManager } from "./manager.ts";
import { SliceWiper } from "./slice-wiper.ts";

export interface DeviceRoomOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly rootDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** How long a driver may be away before its slices go; absent: upstream's 30 s. */
  readonly wipeDelayMs?: number;
}

interface Parts {
  readonly manager: DraManager;
  readonly drivers: Drivers;
  readonly slices: SliceWiper;
}

export class DeviceRoom {
  readonly manager: DraManager;
  readonly #options: DeviceRoomOptions;
  readonly #parts: Parts;

  private constructor(options: DeviceRoomOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.manager = parts.manager;
  }

  /** Rejects when what is kept of claims cannot be read. */
  static async create(options: DeviceRoomOptions): Promise<DeviceRoom> {
    const { rootDir, wipeDelayMs } = options;
    const slices = new SliceWiper({ ...options, ...(wipeDelayMs === undefined ? {} : { delayMs: wipeDelayMs }) });
    const drivers = new Drivers(slices);
    const manager = await DraManager.create({ ...options, drivers, checkpoint: new Checkpoint(rootDir) });
    return new DeviceRoom(options, { manager, drivers, slices });
  }

  /** Until the signal. `activePods` are the uids of those that may use devices; undefined: not known yet. */
  async run(activePods: () => ReadonlySet<string> | undefined): Promise<void> {
    const { rootDir, clock, log, signal } = this.#options;
    const { manager, slices } = this.#parts;
    using drivers = this.#parts.drivers;
    const directory = join(rootDir, "plugins_registry");
    // Where drivers put the sockets that they serve on.
    await mkdir(join(rootDir, "plugins"), { recursive: true, mode: 0o750 });
    await mkdir(directory, { recursive: true, mode: 0o750 });
    const registrar = new PluginRegistrar({ handlers: new Map([["DRAPlugin", drivers]]), clock, log, signal });
    slices.wipeAll();
    const watching = watchSockets({ directory, clock, log, signal, found: (sockets) => registrar.accept(sockets) });
    await Promise.all([watching, manager.run(activePods)]);
    await slices.stopped();
  }
}
