/** Puts the rooms together: pods come from the API, events from the runtime, and a worker for each pod does the rest. */
import type { Component } from "#pkg/apimachinery/component.ts";
import { followRuntimeEvents, type RuntimeEvent } from "./cri/events.ts";
import { effectiveConfiguration } from "./effective-configuration.ts";
import { NodeKeeper } from "./node/keeper.ts";
import type { KubeletOptions } from "./options.ts";
import { PodDesk } from "./pod-desk.ts";
import { Base, buildRooms, type Rooms } from "./rooms.ts";
import { startServer } from "./server/server.ts";
import { Upkeep } from "./upkeep.ts";

/** A safety net only: events tell of changes at once. */
const relistMs = 20_000;

/** Rejects when the machine cannot be read, its control groups not be made, or the port is taken. */
export async function startKubelet(
  options: KubeletOptions,
  { signal: outer }: { signal: AbortSignal },
): Promise<Component> {
  const stop = new AbortController();
  outer.addEventListener("abort", () => stop.abort(), { once: true });
  if (outer.aborted) stop.abort();
  const base = await Base.create(options, stop.signal);
  const rooms = await buildRooms(base);
  const upkeep = new Upkeep(base, rooms);
  const desk = new PodDesk(base, rooms, upkeep);
  const server = await serve(base, rooms, { desk, upkeep });
  const { client, clock, cri, events, log, machine, signal } = base;
  const { pressure } = upkeep;
  const keeper = new NodeKeeper({ client, clock, cri, events, log, machine, signal, pressure, ...options });
  // An API server that is away must not hold back pods from files.
  await desk.begin();
  const onEvent = (event: RuntimeEvent): void => {
    desk.tell(event);
    if (event.kind === "exited") server.exited(event.id);
  };
  const { connection } = cri;
  const following = followRuntimeEvents({ connection, clock, log, signal, onEvent, onOpen: () => undefined });
  const reading = desk.followFiles();
  const keeping = upkeep.run(desk);
  await keeper.register();
  desk.followApi();
  base.informers.start(signal);
  const stopped = Promise.all([following, relistOften(base, desk), keeper.run(), reading, keeping]).then(
    () => undefined,
  );
  log.info({ node: options.nodeName }, "the kubelet started");
  return {
    stopped,
    // Pods keep running: whoever starts the kubelet again finds them.
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server[Symbol.asyncDispose]();
      await stopped;
      desk[Symbol.dispose]();
      rooms.probes[Symbol.dispose]();
      rooms.volumes[Symbol.dispose]();
      await base[Symbol.asyncDispose]();
    },
  };
}

interface Shown {
  readonly desk: PodDesk;
  readonly upkeep: Upkeep;
}

function serve({ client, cri, clock, log, options }: Base, { observer, cgroups }: Rooms, { desk, upkeep }: Shown) {
  const { nodeName, nodeIPs, rootDir, connection } = options;
  return startServer(
    {
      ...{ client, cri, clock, log, nodeName, nodeIPs, rootDir },
      pods: () => desk.workers,
      record: (uid) => observer.pod(uid),
      machineUsage: () => cgroups.machineUsage(),
      configuration: effectiveConfiguration(options),
      collectors: upkeep.collectors,
    },
    {
      ...(connection.ca === undefined ? {} : { clientCa: connection.ca }),
      ...options.server,
      port: options.port,
    },
  );
}

async function relistOften({ pods, clock, log, signal }: Base, desk: PodDesk): Promise<void> {
  while (!signal.aborted) {
    try {
      await pods.synced(signal);
      await desk.relist();
    } catch (err) {
      if (!signal.aborted) log.warn({ err }, "a relist failed");
    }
    await clock.sleep(relistMs, signal).catch(() => undefined);
  }
}
