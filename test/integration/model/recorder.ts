/** Reads the committed history from etcd itself, past every API server. */
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { EtcdClient } from "#pkg/storage/etcd/client.ts";
import type { WatchEvent } from "#pkg/storage/etcd/messages.ts";
import { WatchStream } from "#pkg/storage/etcd/watch-stream.ts";
import type { Change, Value } from "./history.ts";

const retryMs = 20;

interface StoredMap {
  readonly metadata: { readonly uid?: string; readonly labels?: { readonly color?: string } };
  readonly data?: Readonly<Record<string, string>>;
}

export function readValue({ metadata, data }: StoredMap): Value {
  return { uid: metadata.uid ?? "", color: metadata.labels?.color ?? "", data: data ?? {} };
}

export class Recorder implements AsyncDisposable {
  readonly changes: Change[] = [];
  readonly #client: EtcdClient;
  readonly #prefix: string;
  readonly #abort = new AbortController();
  readonly #running: Promise<void>;
  #seen: number;

  /** `prefix`: `/registry/configmaps/`; changes after `from` count. */
  constructor(endpoint: string, prefix: string, from: number) {
    this.#client = new EtcdClient({ endpoints: [endpoint], clock: systemClock });
    this.#prefix = prefix;
    this.#seen = from;
    this.#running = this.#run();
  }

  /** Every change up to here is recorded. */
  get seen(): number {
    return this.#seen;
  }

  async currentRevision(): Promise<number> {
    return (await this.#client.range({ key: this.#prefix, countOnly: true })).revision;
  }

  /** Makes etcd forget what is older than a revision that is recorded. */
  async compact(revision: number): Promise<void> {
    await this.#client.compact(revision);
  }

  /** Until everything that is committed now is recorded. Throws after ten seconds. */
  async settle(): Promise<void> {
    // A revision of the prefix itself, so that the watch must come by.
    const put = { key: `${this.#prefix}zz/marker`, value: Buffer.from('{"metadata":{}}') };
    const { revision } = await this.#client.txn("mark", { compare: [], success: [{ put }], failure: [] });
    const until = Date.now() + 10_000;
    while (this.#seen < revision) {
      if (Date.now() > until) throw new Error(`the record ends at ${this.#seen}, and ${revision} is committed`);
      await sleep(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error("recorded"));
    await this.#running;
    this.#client.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const stream = new WatchStream(this.#client, {
        prefix: this.#prefix,
        startRevision: this.#seen + 1,
        signal,
        onCreated: () => {},
        onEvents: (events) => this.#record(events),
        onProgress: () => {},
      });
      await stream.over.catch(() => {});
      await sleep(retryMs);
    }
  }

  #record(events: readonly WatchEvent[]): void {
    for (const { kv, deleted } of events) {
      if (kv.modRevision <= this.#seen && this.changes.some(({ revision }) => revision === kv.modRevision)) continue;
      const key = kv.key.slice(this.#prefix.length);
      const value = deleted ? undefined : readValue(JSON.parse(kv.value.toString()) as StoredMap);
      this.changes.push({ revision: kv.modRevision, key, value });
    }
    this.#seen = Math.max(this.#seen, events.at(-1)?.kv.modRevision ?? 0);
  }
}
