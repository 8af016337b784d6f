/** Runs one probe once. */
import { connect } from "node:net";
import type { Probe } from "#api/types/core/v1";
import { expandVariables } from "../containers/expand.ts";
import type { Cri } from "../cri/client.ts";
import { CriError, isTimeout } from "../cri/errors.ts";
import type { AnyContainer } from "../pods/pod.ts";
import { checkHealth } from "./grpc.ts";
import { dialError, get, httpTarget, portNumber } from "./http.ts";
import type { ProbeOutcome } from "./state.ts";

export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  readonly output: string;
  /** What people should know of a success. */
  readonly warning?: string;
}

export interface ProbeTarget {
  readonly cri: Cri;
  readonly containerId: string;
  readonly container: AnyContainer;
  readonly podIP: string;
  readonly signal: AbortSignal;
}

/** Never rejects: an error of the probe itself is the outcome `unknown`. */
export async function runProbe(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000;
  try {
    if (probe.exec) return await execProbe(probe.exec.command ?? [], target, timeoutMs);
    if (probe.httpGet) return await httpProbe(probe, target, timeoutMs);
    if (probe.tcpSocket) {
      const host = probe.tcpSocket.host || target.podIP;
      return await tcpProbe({ host, port: portNumber(probe.tcpSocket.port, target.container), timeoutMs });
    }
    if (probe.grpc) {
      return await checkHealth({
        host: target.podIP,
        port: probe.grpc.port,
        service: probe.grpc.service ?? "",
        timeoutMs,
      });
    }
    return { outcome: "unknown", output: "missing probe handler" };
  } catch (error) {
    return { outcome: "unknown", output: error instanceof Error ? error.message : String(error) };
  }
}

/** Enough for an event's message. */
const outputMax = 10 * 1024;

async function execProbe(command: readonly string[], target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  const environment = new Map((target.container.env ?? []).map(({ name, value }) => [name, value]));
  const cmd = command.map((word) => expandVariables(word, (name) => environment.get(name)));
  const timeout = BigInt(Math.ceil(timeoutMs / 1000));
  try {
    const { stdout, stderr, exitCode } = await target.cri.runtime(
      "ExecSync",
      { containerId: target.containerId, cmd, timeout },
      // The runtime ends the command at its timeout; the call itself waits a little longer.
      { timeoutMs: timeoutMs + 10_000, signal: target.signal },
    );
    const output = Buffer.concat([stdout, stderr]).subarray(0, outputMax).toString();
    return { outcome: exitCode === 0 ? "success" : "failure", output };
  } catch (error) {
    if (isTimeout(error))
      return {
        outcome: "failure",
        output: `command timed out: ${JSON.stringify(cmd.join(" "))} timed out after ${timeout}s`,
      };
    throw CriError.from(error);
  }
}

async function httpProbe({ httpGet }: Probe, target: ProbeTarget, timeoutMs: number): Promise<ProbeResult> {
  if (!httpGet) return { outcome: "unknown", output: "missing probe handler" };
  const to = httpTarget(httpGet, target.container, target.podIP);
  try {
    const { status, body } = await get(to, { timeoutMs, signal: target.signal });
    if (status >= 200 && status < 300) return { outcome: "success", output: body };
    if (status >= 300 && status < 400) {
      return { outcome: "success", output: body, warning: `Probe terminated redirects, Response body: ${body}` };
    }
    return { outcome: "failure", output: `HTTP probe failed with statuscode: ${status}` };
  } catch (error) {
    return { outcome: "failure", output: (error as Error).message };
  }
}

function tcpProbe(options: { host: string; port: number; timeoutMs: number }): Promise<ProbeResult> {
  const { host, port, timeoutMs } = options;
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  const socket = connect({ host, port, timeout: timeoutMs });
  const settle = (result: ProbeResult): void => {
    socket.destroy();
    resolve(result);
  };
  socket.once("connect", () => settle({ outcome: "success", output: "" }));
  socket.once("timeout", () => settle({ outcome: "failure", output: `dial tcp ${host}:${port}: i/o timeout` }));
  socket.once("error", (error) => settle({ outcome: "failure", output: dialError(error, { host, port }) }));
  return promise;
}
