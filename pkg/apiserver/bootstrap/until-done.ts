/** What a server must do before it is ready is tried until it succeeds: storage or a webhook may be away for a moment. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";

const retryMs = 1_000;

export interface UntilDoneOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends it, done or not. */
  readonly signal: AbortSignal;
  /** What is not done, for the log. */
  readonly what: string;
}

export async function untilDone(act: () => Promise<void>, options: UntilDoneOptions): Promise<void> {
  const { clock, log, signal, what } = options;
  while (!signal.aborted) {
    try {
      await act();
      return;
    } catch (err) {
      if (signal.aborted) return;
      log.warn({ err }, `${what}; it is tried again`);
      await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }
}
