/** One signal out of the caller's signal and a time bound, without leaving listeners on long-lived signals. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { onAbort } from "./on-abort.ts";

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
  const forwarding = signal && onAbort(signal, () => controller.abort(signal.reason));
  const timer = clock.after(timeoutMs, () => controller.abort(reason()));
  return {
    signal: controller.signal,
    stopTimer: () => timer[Symbol.dispose](),
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      forwarding?.[Symbol.dispose]();
    },
  };
}

/** Waits for `promise`, or rejects with the signal's reason. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  using _stop = onAbort(signal, () => reject(signal.reason));
  return await Promise.race([promise, aborted]);
}
