/** postStart and preStop handlers. */
import type { LifecycleHandler } from "#api/types/core/v1";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Cri } from "../cri/client.ts";
import type { AnyContainer } from "../pods/pod.ts";
import { get, httpTarget, portNumber } from "../probes/http.ts";

export interface HookTarget {
  readonly cri: Cri;
  readonly clock: Clock;
  readonly containerId: string;
  readonly container: AnyContainer;
  readonly podIP: string;
  readonly signal: AbortSignal;
}

const httpTimeoutMs = 30_000;

/** Rejects with Error when the handler fails or the signal ends it. */
export async function runHook(handler: LifecycleHandler, target: HookTarget): Promise<void> {
  const { cri, clock, containerId, container, podIP, signal } = target;
  if (handler.exec) {
    const cmd = handler.exec.command ?? [];
    const { exitCode, stdout, stderr } = await cri.runtime(
      "ExecSync",
      { containerId, cmd },
      { signal, timeoutMs: Infinity },
    );
    if (exitCode === 0) return;
    const output = Buffer.concat([stdout, stderr]).subarray(0, 2048).toString();
    throw new Error(`command '${cmd.join(" ")}' exited with ${exitCode}: ${output}`);
  }
  if (handler.httpGet) {
    const to = httpTarget(handler.httpGet, container, podIP);
    const { status } = await get(to, { timeoutMs: httpTimeoutMs, signal });
    if (status < 200 || status >= 400)
      throw new Error(`HTTP lifecycle hook (${to.path}) failed with status code ${status}`);
    return;
  }
  if (handler.sleep) {
    await clock.sleep(handler.sleep.seconds * 1000, signal);
    return;
  }
  if (handler.tcpSocket) {
    portNumber(handler.tcpSocket.port, container);
    return;
  }
  throw new Error("invalid handler: no action is given");
}
