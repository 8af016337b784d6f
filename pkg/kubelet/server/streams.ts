/** exec, attach and port forwarding: the client's upgrade, joined to the URL that the container runtime gives. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { proxyUpgrade, type StreamChoice, upgradeRequired } from "#pkg/streaming/index.ts";
import { CriError, isNotFound } from "../cri/errors.ts";
import { containersOf, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { readySandbox } from "../runtime/state.ts";
import { findPod, HttpError, type KnownPod, type ServerHost } from "./host.ts";

export interface StreamRequest {
  readonly host: ServerHost;
  readonly kind: "exec" | "attach" | "portForward";
  /** What follows the kind in the path. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  /** Undefined: the client did not ask for an upgrade. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly signal: AbortSignal;
}

/** Resolves when the session is over. Rejects, with nothing sent yet, with HttpError or UpgradeRefused. */
export async function serveStream(stream: StreamRequest): Promise<void> {
  const { request, upgrade, signal, kind } = stream;
  const streams = kind === "portForward" ? undefined : parseStreams(stream.query);
  const url = await (streams ? sessionUrl(stream, streams) : forwardUrl(stream)).catch(asHttpError);
  if (!upgrade) throw new HttpError(400, upgradeRequired);
  await proxyUpgrade({
    ...upgrade,
    request,
    signal,
    target: { url: new URL(url) },
    protocol: kind === "portForward" ? "portforward" : kind,
    ...(streams ? { streams } : {}),
  });
}

function asHttpError(error: unknown): never {
  if (error instanceof HttpError) throw error;
  if (error instanceof CriError) throw new HttpError(isNotFound(error) ? 404 : 500, error.message, { cause: error });
  throw error;
}

/** The kubelet's own names first, then those of the API's options. */
function parseStreams(query: URLSearchParams): StreamChoice {
  const flag = (...names: string[]) => names.some((name) => query.get(name) === "1" || query.get(name) === "true");
  const tty = flag("tty");
  const choice = {
    stdin: flag("input", "stdin"),
    stdout: flag("output", "stdout"),
    // A terminal has one output.
    stderr: !tty && flag("error", "stderr"),
    tty,
  };
  if (!choice.stdin && !choice.stdout && !choice.stderr)
    throw new HttpError(400, "you must specify at least 1 of stdin, stdout, stderr");
  return choice;
}

/** `<namespace>/<pod>/<container>`, or with the pod's uid before the container. */
function podAt({ host, path }: StreamRequest, uid: string | undefined): KnownPod {
  const [namespace = "", name = ""] = path;
  const known = findPod(host, namespace, name);
  if (!known || (uid !== undefined && uidOf(known.pod) !== uid)) throw new HttpError(404, "pod does not exist");
  return known;
}

async function sessionUrl(stream: StreamRequest, streams: StreamChoice): Promise<string> {
  const { host, path, kind, query } = stream;
  const name = path.at(-1) ?? "";
  const { pod } = podAt(stream, path.length > 3 ? path[2] : undefined);
  const containerId = await runningContainer(host, { uid: uidOf(pod), name });
  if (kind === "exec") {
    const { url } = await host.cri.runtime("Exec", { containerId, cmd: query.getAll("command"), ...streams });
    return url;
  }
  // The terminal was decided when the container was made.
  const tty = containersOf(pod).find(({ container }) => container.name === name)?.container.tty === true;
  const { url } = await host.cri.runtime("Attach", {
    containerId,
    ...streams,
    tty,
    stderr: streams.stderr && !tty,
  });
  return url;
}

/** Its id. Rejects when it does not run now. */
export async function runningContainer(
  host: ServerHost,
  { uid, name }: { readonly uid: string; readonly name: string },
): Promise<string> {
  const { containers } = await host.record(uid);
  const found = containers.find((run) => run.name === name && run.state === "running");
  if (!found) throw new HttpError(500, `container not found (${JSON.stringify(name)})`);
  return found.id;
}

async function forwardUrl(stream: StreamRequest): Promise<string> {
  const { host, path, query } = stream;
  const { pod } = podAt(stream, path[2]);
  const sandbox = readySandbox(await host.record(uidOf(pod)));
  if (!sandbox) throw new HttpError(500, `pod not found (${JSON.stringify(`${nameOf(pod)}_${namespaceOf(pod)}`)})`);
  const port = query
    .getAll("port")
    .map(Number)
    .filter((one) => one > 0 && one < 65_536);
  const { url } = await host.cri.runtime("PortForward", { podSandboxId: sandbox.id, port });
  return url;
}
