/** Watches over one aggregated API for as long as it is registered: tells in its status whether it can be used. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { ObjectReader } from "../resources/reader.ts";
import { type Availability, checkAvailability } from "./availability.ts";
import { describeApi } from "./describe.ts";
import type { RemoteApi } from "./remote-api.ts";
import type { RemoteApis } from "./remote-apis.ts";

/** How often an API that works is looked at. */
const intervalMs = 30_000;
/** Changes while it is looked at are gathered this long before it is looked at again. */
const gatherMs = 50;
/** One that does not is tried again after this, then after twice as long each time, up to the interval. */
const retryMsMin = 100;

export interface MonitorOptions {
  readonly reader: ObjectReader;
  readonly apis: RemoteApis;
  readonly clock: Clock;
  readonly log: Logger;
  /** Writes the condition where it is another than before. */
  report(name: string, availability: Availability): Promise<void>;
}

export class Monitor implements Disposable {
  #api: RemoteApi;
  readonly #options: MonitorOptions;
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #poked = false;

  constructor(api: RemoteApi, options: MonitorOptions) {
    this.#api = api;
    this.#options = options;
    void this.#run();
  }

  /** Looks at once: the API, its Service or the endpoints of it changed. */
  poke(api = this.#api): void {
    this.#api = api;
    this.#poked = true;
    this.#wake?.();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
    this.#wake?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    let retryMs = retryMsMin;
    while (!signal.aborted) {
      // What changed is worth fast attempts again; changes come in bursts.
      if (this.#poked) retryMs = retryMsMin;
      this.#poked = false;
      const works = await this.#look().catch((err: unknown) => {
        if (!signal.aborted) this.#options.log.warn({ err, apiService: this.#api.name }, "an API could not be checked");
        return false;
      });
      if (works) retryMs = retryMsMin;
      await this.#pause(works ? intervalMs : retryMs);
      if (!works) retryMs = Math.min(retryMs * 2, intervalMs);
    }
  }

  async #look(): Promise<boolean> {
    const { reader, apis, report } = this.#options;
    const { signal } = this.#stop;
    const api = this.#api;
    const availability = await checkAvailability(api, { reader, peers: apis.peers, signal });
    const last = apis.descriptionOf(api);
    const works = availability.status === "True";
    // Discovery first: whoever sees that an API is available wants to find its resources.
    const description = works ? await describeApi(api, apis.peers, { last, signal }) : { ...last, stale: true };
    if (signal.aborted) return false;
    apis.describe(api, description);
    await report(api.name, availability);
    return works && !description.stale;
  }

  async #pause(ms: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    using _timer = this.#options.clock.after(this.#poked ? gatherMs : ms, resolve);
    await promise;
    this.#wake = undefined;
  }
}
