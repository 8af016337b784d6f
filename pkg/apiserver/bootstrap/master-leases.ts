/**
 * Which API servers live, as upstream's tell each other: a key in etcd for each advertised address, with a lease that runs
 * out when nobody renews it.
 */
import type { RawStore } from "#pkg/storage/types.ts";

/** As upstream's; renewed every ten seconds. */
const ttlSeconds = 15;

export class MasterLeases {
  readonly #raw: RawStore;
  readonly #prefix: string;

  /** `etcdPrefix`: `/registry`. */
  constructor(raw: RawStore, etcdPrefix: string) {
    this.#raw = raw;
    this.#prefix = `${etcdPrefix}/masterleases/`;
  }

  async renew(address: string): Promise<void> {
    const endpoints = {
      kind: "Endpoints",
      apiVersion: "v1",
      metadata: {},
      subsets: [{ addresses: [{ ip: address }] }],
    };
    await this.#raw.lease(this.#prefix + address, Buffer.from(JSON.stringify(endpoints)), ttlSeconds);
  }

  async release(address: string): Promise<void> {
    await this.#raw.delete(this.#prefix + address);
  }

  /** The addresses of the servers that live, sorted. */
  async addresses(): Promise<string[]> {
    return (await this.#raw.keys(this.#prefix)).map((key) => key.slice(this.#prefix.length)).sort();
  }
}
