/** Runs one component, or several, in this process: what the supervisor's Node children do. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Component } from "#pkg/apimachinery/component.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connectAdmin, isReady, until } from "./api.ts";
import type { ClusterConfig, ComponentName } from "./config.ts";
import { loaders, type Start } from "./loaders.ts";
import { apiServerHostFor } from "./node/places.ts";
import { watchSupervisor } from "./supervisor/watchdog.ts";

/** The components wait this long for the API server before they start anyway (the kubelet has static pods to run). */
const apiWaitMs = 10_000;

/** Components that were told to stop get this long. */
const stopMs = 4000;

/** What one process runs. */
export interface Task {
  readonly config: ClusterConfig;
  readonly names: readonly ComponentName[];
  /** The node's number, from 1. */
  readonly node: number;
}

interface Loaded {
  readonly name: ComponentName;
  readonly start: Start;
}

/** The modules load while the API server still starts. */
async function load(names: readonly ComponentName[]): Promise<Loaded[]> {
  return Promise.all(names.map(async (name) => ({ name, start: await loaders[name]() })));
}

async function awaitApi({ config, node }: Task, signal: AbortSignal): Promise<void> {
  using api = await connectAdmin(config, apiServerHostFor(config, node));
  await until(async () => signal.aborted || (await isReady(api)), apiWaitMs);
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

async function startAll(task: Task, loaded: readonly Loaded[], signal: AbortSignal): Promise<Component[]> {
  const logger = createLogger("host");
  return Promise.all(
    loaded.map(async ({ name, start }) => {
      const component = await start(task.config, signal, task.node);
      logger.info({ name }, "started a component");
      return component;
    }),
  );
}

/**
 * Resolves once `signal` has aborted and the components have stopped (or had 4 s for it). Rejects as soon as one component
 * fails or stops by itself; the process should end then, and the supervisor starts it again.
 */
export async function runComponents(task: Task, signal: AbortSignal): Promise<void> {
  const { config, names, node } = task;
  const aborted = untilAborted(signal);
  // From a further node's namespace the supervisor could not start the others.
  const watchdog = node === 1 ? watchSupervisor(config, createLogger("host"), signal) : aborted;
  const running = (async () => {
    const loading = load(names);
    if (!names.includes("kube-apiserver")) await awaitApi(task, signal);
    const components = await startAll(task, await loading, signal);
    await Promise.race(components.map((component) => component.stopped));
    if (!signal.aborted) throw new Error("a component stopped by itself");
    await Promise.all(components.map((component) => component[Symbol.asyncDispose]()));
  })();
  await Promise.race([running, aborted, watchdog]);
  await Promise.race([running, sleep(stopMs, undefined, { ref: false })]);
}
