/** One signal out of the caller's signal and a time bound, without leaving listeners on long-lived signals. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { offAbort, onAbort } from "./on-abort.ts";

export interface Cancel extends Disposable {
  readonly signal: AbortSignal;
  /** Ends the time bound; the caller's signal still counts. */
  stopTimer(): void;
}

export interface CancelOptions {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly reason: () => Error;
}

export function linkCancel({ signal, timeoutMs, clock, reason }: CancelOptions): Cancel {
  signal?.throwIfAborted();
  const controller = new AbortController();
  const forward = () => controller.abort(signal?.reason);
  if (signal) onAbort(signal, forward);
  const timer = clock.after(timeoutMs, () => controller.abort(reason()));
  return {
    signal: controller.signal,
    stopTimer: () => timer[Symbol.dispose](),
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      if (signal) offAbort(signal, forward);
    },
  };
}

/** Waits for `promise`, or rejects with the signal's reason. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  onAbort(signal, stop);
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    offAbort(signal, stop);
  }
}
