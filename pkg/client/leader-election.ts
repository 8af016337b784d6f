/**
 * One of several copies leads: the one that holds a Lease. A holder renews it every `retryMs` and gives up leading when it could
 * not for `renewDeadlineMs`; others take over once they have seen no renewal for `leaseMs` by their own clock, so that clocks
 * need not agree. The bound holds as long as `renewDeadlineMs` < `leaseMs` and clocks run at about the same speed.
 */
import type { Lease } from "#api/types/coordination.k8s.io/v1";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { isNotFound } from "./failures.ts";
import type { Client } from "./types.ts";

export interface LeaderElectionOptions {
  readonly client: Client;
  readonly namespace?: string;
  readonly name: string;
  /** Unique for each copy: host name and a random part. */
  readonly identity: string;
  readonly leaseMs?: number;
  readonly renewDeadlineMs?: number;
  readonly retryMs?: number;
  readonly clock?: Clock;
  readonly log: Logger;
  /** Called when another copy, or this one, begins to lead. */
  readonly onLeader?: (identity: string) => void;
}

export interface Leadership extends AsyncDisposable {
  /** Aborts when leadership is lost; whoever leads must stop at once. Disposing gives the Lease back. */
  readonly lost: AbortSignal;
}

/** Resolves once this copy leads; rejects when the signal aborts first. */
export async function leaderElection(options: LeaderElectionOptions, signal: AbortSignal): Promise<Leadership> {
  const election = new Election(options);
  await election.acquire(signal);
  const lost = new AbortController();
  const stop = new AbortController();
  const renewing = election.keep(stop.signal).then(() => lost.abort(new Error("leadership was lost")));
  signal.addEventListener("abort", () => stop.abort(), { once: true });
  return {
    lost: lost.signal,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await renewing;
      await election.release();
    },
  };
}

class Election {
  readonly #options: Required<Omit<LeaderElectionOptions, "onLeader">> & Pick<LeaderElectionOptions, "onLeader">;
  #observed: Lease | undefined;
  /** When the observed Lease last changed, by our own clock. */
  #observedAt = 0;
  #leader = "";

  constructor(options: LeaderElectionOptions) {
    this.#options = {
      namespace: "kube-system",
      leaseMs: 15_000,
      renewDeadlineMs: 10_000,
      retryMs: 2_000,
      clock: systemClock,
      ...options,
    };
  }

  async acquire(signal: AbortSignal): Promise<void> {
    const { clock, retryMs } = this.#options;
    while (!(await this.#try(signal))) {
      await clock.sleep(retryMs * (1 + 0.2 * Math.random()), signal);
    }
  }

  /** Renews until the signal aborts or the deadline passes without success. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, retryMs, renewDeadlineMs } = this.#options;
    let renewedAt = clock.now();
    while (!signal.aborted) {
      await clock.sleep(retryMs, signal).catch(() => {});
      if (signal.aborted) return;
      const left = renewDeadlineMs - (clock.now() - renewedAt);
      if (left <= 0) return;
      const startedAt = clock.now();
      if (await this.#try(signal, left)) renewedAt = startedAt;
      else if (this.#observed?.spec?.holderIdentity !== this.#options.identity) return;
    }
  }

  /** Lets another copy take over at once. */
  async release(): Promise<void> {
    const lease = this.#observed;
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    const now = microTime(this.#options.clock.now());
    const { leaseTransitions } = lease.spec;
    const spec = {
      holderIdentity: "",
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      ...(leaseTransitions === undefined ? {} : { leaseTransitions }),
    };
    await this.#options.client.leases.update({ ...lease, spec }, { timeoutMs: 2_000 }).catch((error: unknown) => {
      this.#options.log.debug({ err: error }, "lease was not released");
    });
  }

  /** One attempt to take or renew the Lease. */
  async #try(signal: AbortSignal, timeoutMs = this.#options.renewDeadlineMs): Promise<boolean> {
    try {
      return await this.#takeOrRenew(signal, timeoutMs);
    } catch (error) {
      if (!signal.aborted) this.#options.log.debug({ err: error, lease: this.#options.name }, "lease was not written");
      return false;
    }
  }

  async #takeOrRenew(signal: AbortSignal, timeoutMs: number): Promise<boolean> {
    const { client, namespace, name, identity, clock, leaseMs } = this.#options;
    const calls = { signal, timeoutMs };
    const mine = this.#observed?.spec?.holderIdentity === identity;
    // The holder writes at once: a conflict tells it that someone else did.
    const lease = mine ? this.#observed : await this.#read(calls);
    if (!lease) {
      const created = { metadata: { namespace, name }, spec: this.#spec(undefined) };
      this.#observe(await client.leases.create(created, calls));
      return true;
    }
    this.#observe(lease);
    const holder = lease.spec?.holderIdentity;
    if (holder && holder !== identity && clock.now() - this.#observedAt < leaseMs) return false;
    try {
      this.#observe(await client.leases.update({ ...lease, spec: this.#spec(lease) }, calls));
      return true;
    } catch (error) {
      if (mine) await this.#reread(calls);
      throw error;
    }
  }

  async #reread(calls: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    const lease = await this.#read(calls).catch(() => undefined);
    if (lease) this.#observe(lease);
  }

  async #read(calls: { signal: AbortSignal; timeoutMs: number }): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      return await client.leases.get({ namespace, name }, calls);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease): void {
    const { clock, onLeader } = this.#options;
    const before = this.#observed?.metadata.resourceVersion;
    if (before !== lease.metadata.resourceVersion) this.#observedAt = clock.now();
    this.#observed = lease;
    const holder = lease.spec?.holderIdentity ?? "";
    if (holder && holder !== this.#leader) onLeader?.(holder);
    this.#leader = holder;
  }

  #spec(old: Lease | undefined): NonNullable<Lease["spec"]> {
    const { identity, leaseMs, clock } = this.#options;
    const now = microTime(clock.now());
    const renewed = old?.spec?.holderIdentity === identity;
    const transitions = old?.spec?.leaseTransitions ?? 0;
    return {
      ...old?.spec,
      holderIdentity: identity,
      leaseDurationSeconds: Math.round(leaseMs / 1000),
      acquireTime: (renewed && old?.spec?.acquireTime) || now,
      renewTime: now,
      leaseTransitions: old && !renewed ? transitions + 1 : transitions,
    };
  }
}

const microTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 23)}000Z`;
