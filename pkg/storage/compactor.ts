/**
 * Compacts etcd's history, so that it does not grow for ever. All API servers on one etcd, upstream's too, agree through
 * the key `compact_rev_key`: its version counts the rounds, and whoever raises it compacts to the revision that it
 * saw one round before. So history keeps at least one interval.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { EtcdClient } from "./etcd/client.ts";
import type { KeyValue } from "./etcd/messages.ts";

const roundKey = "compact_rev_key";

export class Compactor {
  readonly #client: EtcdClient;
  /** Version of the key as seen last. */
  #round = 0;
  /** The revision at that time; 0: not known yet. */
  #revision = 0;
  /** What is older is gone, as far as this server knows; whoever compacted says so in the key. */
  #compacted = 0;

  constructor(client: EtcdClient) {
    this.#client = client;
  }

  get compacted(): number {
    return this.#compacted;
  }

  /** Learns where the others are. Writes nothing, which a server that starts would wait to see. */
  async look(): Promise<void> {
    const { kvs, revision } = await this.#client.range({ key: roundKey });
    this.#revision = revision;
    this.#learn(kvs[0]);
  }

  /** One round. Returns the revision compacted to; undefined when another server was first, or at the first round. */
  async compact(): Promise<number | undefined> {
    const key = roundKey;
    const txn = await this.#client.txn("compactRound", {
      compare: [{ key, version: this.#round }],
      success: [{ put: { key, value: Buffer.from(String(this.#revision)) } }],
      failure: [{ range: { key } }],
    });
    const target = this.#revision;
    this.#revision = txn.revision;
    if (!txn.succeeded) {
      this.#learn(txn.ranges[0]?.kvs[0]);
      return undefined;
    }
    this.#round += 1;
    if (target === 0) return undefined;
    await this.#client.compact(target);
    this.#compacted = target;
    return target;
  }

  #learn(kv: KeyValue | undefined): void {
    this.#round = kv?.version ?? 0;
    this.#compacted = Math.max(this.#compacted, Number(kv?.value.toString()) || 0);
  }
}

export interface CompactionLoop {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** History before this revision is gone. */
  readonly onCompacted: (revision: number) => void;
  /** A round failed; the next one makes up for it. */
  readonly onError: (error: unknown) => void;
}

/** Runs until the signal. */
export async function runCompactor({
  client,
  clock,
  intervalMs,
  signal,
  onCompacted,
  onError,
}: CompactionLoop): Promise<void> {
  const compactor = new Compactor(client);
  const attempt = async (step: Promise<unknown>): Promise<void> => {
    await step.catch((error: unknown) => {
      if (!signal.aborted) onError(error);
    });
    onCompacted(compactor.compacted);
  };
  await attempt(compactor.look());
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => {});
    if (!signal.aborted) await attempt(compactor.compact());
  }
}
