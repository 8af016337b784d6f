/** Takes back what drivers published that are not there any more, so that no pod is sent here for it. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { Backoff, type Client, isNotFound } from "#pkg/client/index.ts";

export interface SliceWiperOptions {
  readonly client: Client;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** How long a driver may be away. Absent: 30 s, enough for a restart. */
  readonly delayMs?: number;
}

const delayMsDefault = 30_000;
const retryFirstMs = 1_000;
const retryMsMax = 300_000;
const attemptsMax = 100;

export class SliceWiper {
  readonly #options: SliceWiperOptions;
  /** By driver: wipes that wait or run. */
  readonly #wipes = new Map<string, AbortController>();
  readonly #running = new Set<Promise<void>>();

  constructor(options: SliceWiperOptions) {
    this.#options = options;
  }

  /** No driver has registered yet when the kubelet begins. */
  wipeAll(): void {
    this.#track(this.#wipe(undefined, this.#options.signal));
  }

  /** The driver went: its slices go too, unless it comes back in time. A wipe that waits already goes on waiting. */
  wipeLater(driver: string): void {
    if (this.#wipes.has(driver)) return;
    const stop = new AbortController();
    this.#wipes.set(driver, stop);
    const signal = AbortSignal.any([this.#options.signal, stop.signal]);
    const { clock, delayMs = delayMsDefault } = this.#options;
    const wiping = clock
      .sleep(delayMs, signal)
      .then(() => this.#wipe(driver, signal))
      .catch(() => undefined)
      .finally(() => {
        if (this.#wipes.get(driver) === stop) this.#wipes.delete(driver);
      });
    this.#track(wiping);
  }

  cancel(driver: string): void {
    this.#wipes.get(driver)?.abort();
    this.#wipes.delete(driver);
  }

  /** After the signal: resolves when nothing runs any more. */
  async stopped(): Promise<void> {
    await Promise.all(this.#running);
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  /** Never rejects. */
  async #wipe(driver: string | undefined, signal: AbortSignal): Promise<void> {
    const { client, nodeName, clock, log } = this.#options;
    const fieldSelector = `spec.nodeName=${nodeName}${driver === undefined ? "" : `,spec.driver=${driver}`}`;
    const backoff = new Backoff({ firstMs: retryFirstMs, maxMs: retryMsMax, jitter: 0.2 });
    for (let attempt = 0; attempt < attemptsMax && !signal.aborted; attempt++) {
      try {
        await client.resourceslices.deleteCollection({ fieldSelector, signal });
        log.debug({ fieldSelector }, "resource slices were deleted");
        return;
      } catch (err) {
        if (signal.aborted || isNotFound(err)) return;
        log.debug({ err, fieldSelector }, "resource slices were not deleted");
        await clock.sleep(backoff.nextMs(), signal).catch(() => undefined);
      }
    }
  }
}
