/** One watch connection, its messages in batches as they arrived. */

import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { unavailable } from "./failures.ts";
import { parseJson } from "./json.ts";
import { LineSplitter } from "./lines.ts";
import type { Transport } from "./transport.ts";
import type { WatchMessage } from "./types.ts";

/** What a server may be late with the end it promised by timeoutSeconds. */
export const watchGraceMs = 15_000;

export interface WatchStreamOptions {
  readonly path: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  /** Bound on the time until the server answers. */
  readonly timeoutMs?: number | undefined;
  /** A watch that outlives this by the grace is cut: its server is gone. */
  readonly timeoutSeconds?: number | undefined;
  readonly clock?: Clock;
}

/**
 * Yields batches until the server ends the watch. Throws StatusError when the connection breaks or the server is silent for
 * longer than it promised, and the signal's reason when aborted. Leaving the loop cancels the watch.
 */
export async function* watchBatches<T>(
  transport: Transport,
  options: WatchStreamOptions,
): AsyncGenerator<WatchMessage<T>[], void, undefined> {
  const { path, accept, signal, timeoutMs, timeoutSeconds, clock = systemClock } = options;
  const { stream } = await transport.open({
    method: "GET",
    path,
    signal,
    timeoutMs,
    ...(accept ? { headers: { accept } } : {}),
  });
  const cut =
    timeoutSeconds === undefined
      ? undefined
      : clock.after(timeoutSeconds * 1000 + watchGraceMs, () => {
          stream.destroy(new StatusError("Timeout", "the watch went on longer than the server was asked for"));
        });
  try {
    const lines = new LineSplitter();
    for await (const chunk of stream) {
      const batch = lines.push(chunk as Buffer).map((line) => parseJson(line) as WatchMessage<T>);
      if (batch.length > 0) yield batch;
    }
    if (lines.partial) throw new Error("the watch was cut within an event");
  } catch (error) {
    throw signal?.aborted ? signal.reason : unavailable("of the watch", error);
  } finally {
    cut?.[Symbol.dispose]();
    if (!stream.destroyed) cancelStream(stream);
  }
}

function cancelStream(stream: { close(code: number): void; destroy(): void }): void {
  const cancelCode = 8;
  stream.close(cancelCode);
  stream.destroy();
}
