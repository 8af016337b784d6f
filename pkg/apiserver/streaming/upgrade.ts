/** Answers that take over the connection of a request. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { badRequest, StatusError } from "#pkg/apimachinery/status-error.ts";
import { UpgradeRefused, upgradeRequired } from "#pkg/streaming/index.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import { H1Exchange } from "../http/h1-exchange.ts";

export interface ClientConnection {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** Throws 400 for a request that cannot be upgraded. */
export function ensureUpgrade({ exchange }: RequestContext): ClientConnection {
  const { upgrade } = exchange;
  if (!upgrade || !(exchange instanceof H1Exchange)) throw badRequest(upgradeRequired);
  return { request: exchange.incoming, ...upgrade };
}

/**
 * Waits for a session. What refuses it is passed on as an ordinary answer: the kubelet's own status and text, as a
 * Status object where it sent text.
 */
export async function runUpgrade(context: RequestContext, session: Promise<void>): Promise<void> {
  const { exchange } = context;
  try {
    await session;
    if (exchange instanceof H1Exchange) exchange.status = 101;
  } catch (error) {
    if (error instanceof UpgradeRefused) sendRefusal(context, error);
    else if (error instanceof StatusError) throw error;
    else throw new StatusError("InternalError", `error dialing backend: ${(error as Error).message}`, { cause: error });
  }
}

function sendRefusal(context: RequestContext, refused: UpgradeRefused): void {
  const type = refused.headers["content-type"] ?? "text/plain; charset=utf-8";
  context.exchange.send(refused.status, responseHeaders(context, type), refused.body);
}
