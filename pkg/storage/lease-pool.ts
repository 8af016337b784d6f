/**
 * Leases of objects that expire. Objects written within a short time share one: a lease per event would cost etcd more than
 * the event. An object therefore lives up to 5 % (at most a minute) longer than asked, as with upstream.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { EtcdClient } from "./etcd/client.ts";

const SHARE_MS_MAX = 60_000;
const SHARE_FRACTION = 0.05;
const OBJECTS_PER_LEASE_MAX = 1_000;

interface Lease {
  readonly id: Promise<bigint>;
  readonly sharedUntil: number;
  objects: number;
}

export class LeasePool {
  readonly #client: EtcdClient;
  readonly #clock: Clock;
  /** By time to live in seconds; the API server uses only a few. */
  readonly #leases = new Map<number, Lease>();

  constructor(client: EtcdClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async leaseFor(ttlSeconds: number): Promise<bigint> {
    const now = this.#clock.now();
    const known = this.#leases.get(ttlSeconds);
    if (known && now < known.sharedUntil && known.objects < OBJECTS_PER_LEASE_MAX) {
      known.objects += 1;
      return known.id;
    }
    for (const [ttl, lease] of this.#leases) if (now >= lease.sharedUntil) this.#leases.delete(ttl);
    const shareMs = Math.min(SHARE_MS_MAX, ttlSeconds * 1000 * SHARE_FRACTION);
    const id = this.#client.leaseGrant(ttlSeconds + Math.ceil(shareMs / 1000)).then((granted) => granted.id);
    const lease: Lease = { id, sharedUntil: now + shareMs, objects: 1 };
    this.#leases.set(ttlSeconds, lease);
    id.catch(() => this.#leases.delete(ttlSeconds));
    return id;
  }

  /** The lease is gone (revoked by somebody): the next write gets a new one. */
  forget(ttlSeconds: number): void {
    this.#leases.delete(ttlSeconds);
  }
}
