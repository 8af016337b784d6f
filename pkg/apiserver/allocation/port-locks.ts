/**
 * What keeps two servers from giving the same port at the same moment. Which ports Services have every server knows from
 * the Services; a lock bridges the time until it has seen one. A lock that is older says nothing, so that a server that
 * died leaves nothing to clean up, and there is at most one lock a port.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { RawStore } from "#pkg/storage/types.ts";

/** Longer than a request lasts and its Service takes to be seen everywhere. */
export const lockMs = 60_000;

export type LockStore = Pick<RawStore, "get" | "put" | "delete">;

export class PortLocks {
  readonly #store: LockStore;
  readonly #clock: Clock;
  readonly #prefix: string;

  /** `root`: the prefix of everything in etcd, `/registry`. */
  constructor(store: LockStore, clock: Clock, root: string) {
    this.#store = store;
    this.#clock = clock;
    this.#prefix = `${root}/ranges/servicenodeports/`;
  }

  /** False: another server is giving this port to somebody. */
  async take(port: string): Promise<boolean> {
    const key = this.#prefix + port;
    const value = Buffer.from(JSON.stringify({ at: this.#clock.now() }));
    if ((await this.#store.put(key, value, 0)) !== undefined) return true;
    const present = await this.#store.get(key);
    if (present && this.#clock.now() - timeOf(present.value) < lockMs) return false;
    return (await this.#store.put(key, value, present?.revision ?? 0)) !== undefined;
  }

  release(port: string): Promise<void> {
    return this.#store.delete(this.#prefix + port);
  }
}

/** What cannot be read is old. */
function timeOf(value: Buffer): number {
  try {
    const { at } = JSON.parse(value.toString()) as { at?: unknown };
    return typeof at === "number" ? at : 0;
  } catch {
    return 0;
  }
}
