/** Plain keys beside the resources: always read from and written to etcd itself. */
import type { EtcdClient } from "./etcd/client.ts";
import { isEtcdError } from "./etcd/errors.ts";
import { prefixEnd } from "./etcd/messages.ts";
import type { LeasePool } from "./lease-pool.ts";
import type { RawStore } from "./types.ts";

const KEYS_MAX = 1_000;

export class EtcdRawStore implements RawStore {
  readonly #client: EtcdClient;
  readonly #leases: LeasePool;

  constructor(client: EtcdClient, leases: LeasePool) {
    this.#client = client;
    this.#leases = leases;
  }

  async get(key: string): Promise<{ value: Buffer; revision: number } | undefined> {
    const { kvs } = await this.#client.range({ key });
    const kv = kvs[0];
    return kv && { value: Buffer.from(kv.value), revision: kv.modRevision };
  }

  async put(key: string, value: Buffer, expectedRevision: number): Promise<number | undefined> {
    const txn = await this.#client.txn(expectedRevision === 0 ? "create" : "update", {
      compare: [{ key, modRevision: expectedRevision }],
      success: [{ put: { key, value } }],
      failure: expectedRevision === 0 ? [] : [{ range: { key } }],
    });
    return txn.succeeded ? txn.revision : undefined;
  }

  /** The read before it makes the shape that kine knows as an unconditional deletion. */
  async delete(key: string): Promise<void> {
    await this.#client.txn("delete", { compare: [], success: [{ range: { key } }, { deleteKey: key }], failure: [] });
  }

  async lease(key: string, value: Buffer, ttlSeconds: number): Promise<void> {
    const write = async (): Promise<void> => {
      const lease = await this.#leases.leaseFor(ttlSeconds);
      await this.#client.txn("lease", { compare: [], success: [{ put: { key, value, lease } }], failure: [] });
    };
    try {
      await write();
    } catch (error) {
      if (!isEtcdError(error, "leaseNotFound")) throw error;
      this.#leases.forget(ttlSeconds);
      await write();
    }
  }

  async keys(prefix: string): Promise<string[]> {
    const request = { key: prefix, rangeEnd: prefixEnd(prefix), limit: KEYS_MAX, keysOnly: true };
    return (await this.#client.range(request)).kvs.map(({ key }) => key);
  }
}
