/** Runs the controllers of one process over one client and one set of informers. */
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger, type Logger } from "#pkg/apimachinery/log.ts";
import {
  type Client,
  connect,
  EventRecorder,
  type InformerSet,
  informers,
  lead,
  runWorkers,
  WorkQueue,
} from "#pkg/client/index.ts";
import { type Pages, servePages } from "#pkg/component/pages.ts";
import type { BuiltController, Controller, ControllerContext } from "./framework/controller.ts";
import { Identities } from "./identities.ts";
import { buildMetrics, type ManagerMetrics } from "./metrics.ts";
import type { ControllerManagerOptions } from "./options.ts";
import { controllers } from "./registry.ts";
import { selectControllers } from "./selection.ts";

/** Returns once the manager runs (as a leader or waiting to be one). It stops when the signal aborts or when it is disposed. */
export async function startControllerManager(
  options: ControllerManagerOptions,
  { signal }: { signal?: AbortSignal } = {},
): Promise<Component> {
  const manager = new Manager(options);
  await manager.startServing();
  const stop = new AbortController();
  signal?.addEventListener("abort", () => stop.abort(), { once: true });
  if (signal?.aborted) stop.abort();
  const stopped = manager.run(stop.signal).finally(() => manager.close());
  stopped.catch(() => {});
  return {
    stopped,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await stopped.catch(() => {});
    },
  };
}

class Manager {
  readonly #options: ControllerManagerOptions;
  readonly #log: Logger;
  readonly #client: Client;
  readonly #clock: Clock;
  /** undefined: all controllers write as one. */
  readonly #identities: Identities | undefined;
  readonly #metrics: ManagerMetrics = buildMetrics();
  readonly #recorders = new Map<string, EventRecorder>();
  #pages: Pages | undefined;

  constructor(options: ControllerManagerOptions) {
    this.#options = options;
    this.#log = options.log ?? createLogger("kube-controller-manager");
    this.#clock = options.clock ?? systemClock;
    this.#client = options.client ?? connect({ userAgent: "kube-controller-manager", ...options.connection });
    if (options.useServiceAccountCredentials) {
      const { connection } = options;
      this.#identities = new Identities({ client: this.#client, connection, clock: this.#clock });
    }
  }

  async startServing(): Promise<void> {
    const { serving } = this.#options;
    if (!serving) return;
    this.#pages = await servePages({ ...serving, registry: this.#metrics.registry });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { leaderElection: election } = this.#options;
    if (!election) return this.#lead(signal);
    await lead({ election, client: this.#client, log: this.#log }, signal, (until) => this.#lead(until));
  }

  async #lead(signal: AbortSignal): Promise<void> {
    const set = informers(this.#client, { log: this.#log });
    const { further = [], controllers: wanted = ["*"] } = this.#options;
    const selected = selectControllers([...controllers, ...further], wanted);
    const built = selected.map((controller): [Controller, BuiltController] => [
      controller,
      controller.build(this.#contextOf(controller.name, set)),
    ]);
    this.#identities?.watch(set);
    set.start(signal);
    await set.synced(signal).catch(() => {});
    if (!signal.aborted)
      this.#log.info({ controllers: selected.map(({ name }) => name) }, "caches synced, controllers started");
    await Promise.all(built.map(([controller, parts]) => this.#runController(controller.name, parts, signal)));
    await set[Symbol.asyncDispose]();
  }

  #contextOf(controller: string, set: InformerSet): ControllerContext {
    const client = this.#identities?.clientOf(controller) ?? this.#client;
    return {
      client,
      informers: set,
      clock: this.#clock,
      log: this.#log,
      options: this.#options,
      queue: (name) => new WorkQueue({ metrics: this.#metrics.queue(name) }),
      recorder: (component) => this.#recorder(component, client),
    };
  }

  async #runController(name: string, { loops, run }: BuiltController, signal: AbortSignal): Promise<void> {
    const log = this.#log.child({ controller: name });
    await Promise.all([
      ...loops.map((loop) => runWorkers({ ...loop, log }, signal)),
      run?.(signal).catch((error: unknown) => {
        if (!signal.aborted) log.error({ err: error }, "controller ended");
      }),
    ]);
  }

  #recorder(component: string, client: Client): EventRecorder {
    const known = this.#recorders.get(component);
    if (known) return known;
    const recorder = new EventRecorder({ client, component, log: this.#log });
    this.#recorders.set(component, recorder);
    return recorder;
  }

  async close(): Promise<void> {
    for (const recorder of this.#recorders.values()) recorder.close();
    await this.#pages?.[Symbol.asyncDispose]();
    await this.#identities?.[Symbol.asyncDispose]();
    if (!this.#options.client) await this.#client[Symbol.asyncDispose]();
  }
}
