/** `/containerLogs/<namespace>/<pod>/<container>`. */
import type { ServerResponse } from "node:http";
import { ContainerState } from "#api/cri/index.ts";
import { containersOf } from "../pods/pod.ts";
import type { Exits } from "./exits.ts";
import { findPod, HttpError, type ServerHost } from "./host.ts";
import { parseLogOptions } from "./log-options.ts";
import { readLog } from "./log-reader.ts";
import { loggedRun } from "./log-source.ts";

export interface LogRequest {
  readonly host: ServerHost;
  readonly exits: Exits;
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/** Rejects with HttpError before anything is sent; afterwards a failure cuts the answer off. */
export async function serveLogs({ host, exits, path, query, response, signal }: LogRequest): Promise<void> {
  const [namespace = "", podName = "", container = ""] = path;
  const options = parseLogOptions(query, host.clock.now());
  const known = findPod(host, namespace, podName);
  if (!known) throw new HttpError(404, `pod ${JSON.stringify(podName)} does not exist`);
  if (!containersOf(known.pod).some((one) => one.container.name === container))
    throw new HttpError(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(podName)}`);
  const id = loggedRun(known.status, { podName, container, previous: options.previous });
  const file = await logFileOf(host, id);
  response.writeHead(200, { "content-type": "text/plain" });
  response.flushHeaders();
  await readLog({
    path: file,
    options,
    signal,
    write: (chunk) => writeTo(response, chunk),
    isRunning: () => isRunning(host, id),
    onExit: (callback) => exits.on(id, callback),
  });
  response.end();
}

async function logFileOf({ cri }: ServerHost, id: string): Promise<string> {
  const { status } = await cri.runtime("ContainerStatus", { containerId: id }).catch((error: unknown) => {
    throw new HttpError(400, `unable to retrieve container logs for containerd://${id}`, { cause: error });
  });
  return status?.logPath ?? "";
}

async function isRunning({ cri }: ServerHost, id: string): Promise<boolean> {
  const { status } = await cri.runtime("ContainerStatus", { containerId: id }).catch(() => ({ status: undefined }));
  return status?.state === ContainerState.CONTAINER_RUNNING || status?.state === ContainerState.CONTAINER_CREATED;
}

function writeTo(response: ServerResponse, chunk: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (response.destroyed || response.write(chunk)) return Promise.resolve();
  const go = (): void => {
    response.off("drain", go);
    response.off("close", go);
    resolve();
  };
  response.on("drain", go);
  response.on("close", go);
  return promise;
}
