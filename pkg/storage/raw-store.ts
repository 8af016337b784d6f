/** Plain keys beside the resources: always read from and written to etcd itself. */
import type { EtcdClient } from "./etcd/client.ts";
import type { RawStore } from "./types.ts";

export class EtcdRawStore implements RawStore {
  readonly #client: EtcdClient;

  constructor(client: EtcdClient) {
    this.#client = client;
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
}
