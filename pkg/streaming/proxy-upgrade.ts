/** The one entry: a client's upgrade for exec, attach or portforward, joined to a peer that speaks SPDY. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { acceptWebSocket, isWebSocket, offersTunnel } from "./channels.ts";
import { type DialTarget, dial, spdyHeaders } from "./dial.ts";
import { type StreamChoice, translateExec } from "./exec.ts";
import { forwardChannels, parsePorts } from "./forward.ts";
import { relayUpgrade } from "./relay.ts";
import { tunnel } from "./tunnel.ts";

export interface ProxyUpgradeOptions {
  readonly request: IncomingMessage;
  /** The client's connection, as the `upgrade` event gave it. */
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly target: DialTarget;
  readonly protocol: "exec" | "attach" | "portforward";
  /** Which streams the request asked for; exec and attach only. */
  readonly streams?: StreamChoice;
  /** Ends the session: the server stops. */
  readonly signal: AbortSignal;
}

export const upgradeRequired = "Upgrade request required";

/**
 * Resolves when the session is over. Rejects, with nothing sent to the client yet, when there is no session: StatusError,
 * UpgradeRefused, or the error of the connection to the target.
 */
export async function proxyUpgrade(options: ProxyUpgradeOptions): Promise<void> {
  const { request, protocol } = options;
  options.socket.on("error", () => options.socket.destroy());
  if (!isWebSocket(request)) {
    if (!request.headers.upgrade) throw badRequest(upgradeRequired);
    return relayUpgrade(options);
  }
  return protocol === "portforward" ? forwardPorts(options) : runSession(options);
}

async function runSession({ request, socket, head, target, streams, signal }: ProxyUpgradeOptions): Promise<void> {
  const choice = streams ?? { stdin: false, stdout: true, stderr: true, tty: false };
  const ws = await acceptWebSocket(request, socket, head);
  if (ws) await translateExec({ ws, target, streams: choice, signal });
}

const portForwardProtocols = ["portforward.k8s.io"];

async function forwardPorts({ request, socket, head, target, signal }: ProxyUpgradeOptions): Promise<void> {
  const ports = offersTunnel(request) ? undefined : parsePorts(request.url ?? "");
  const far = await dial({ ...target, method: "POST", headers: spdyHeaders(portForwardProtocols), signal });
  const ws = await acceptWebSocket(request, socket, head);
  if (!ws) {
    far.socket.destroy();
    return;
  }
  if (ports) await forwardChannels({ ws, far, ports, signal });
  else await tunnel(ws, far, signal);
}
