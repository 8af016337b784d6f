/**
 * How far the feed is, and how far it must be. A read that must see everything committed before it came asks etcd for its
 * revision once (a quorum read), shared with every other read that waits at that moment, then waits until the feed is there.
 * A process that is the only one to write need not ask: nobody knows of a newer revision than etcd has told it of.
 */
import { setImmediate as immediate } from "node:timers/promises";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";
import type { EtcdClient } from "./etcd/client.ts";
import type { OwnWrites } from "./own-writes.ts";

/** After this long without reaching a committed revision, somebody else may have used it: ask for a sign. */
const STALL_MS = 50;
/** The same, while such revisions keep coming. */
const STALL_MS_SHARED = 5;
/** For how long one foreign revision makes us expect more. */
const SHARED_FOR_MS = 1_000;
/** The answer to a write waits no longer for the feed. */
const DELIVERY_MS_MAX = 250;

export interface Reached {
  /** The revision that a linearizable read must show. */
  readonly revision: number;
  /** Whether the feed got there in time. If not, only etcd itself can answer. */
  readonly reached: boolean;
}

interface Waiter {
  readonly revision: number;
  readonly wake: () => void;
}

export interface RevisionsOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  /** A key that nobody writes. */
  readonly probeKey: string;
  readonly waitMsMax: number;
  /** Of a process that is the only one to write what the feed watches. */
  readonly ownWrites: OwnWrites | undefined;
  /**
   * Makes the feed receive something at least as new as any revision that is committed now. Called when a committed
   * revision does not show up: it changed nothing that the feed watches.
   */
  readonly nudge: () => Promise<void>;
}

export class Revisions {
  readonly #options: RevisionsOptions;
  /** The newest revision of which the feed has delivered everything. */
  #seen = 0;
  /** The newest revision that etcd is known to have committed. */
  #committed = 0;
  #compacted = 0;
  readonly #waiters = new TransientMap<number, Waiter>();
  #lastWaiter = 0;
  #reading = false;
  #next: PromiseWithResolvers<number> | undefined;
  #nextReached: Promise<Reached> | undefined;
  #nudging = false;
  #sharedUntil = 0;

  constructor(options: RevisionsOptions) {
    this.#options = options;
  }

  /** History before this revision is gone from etcd, as far as this server knows. */
  get compacted(): number {
    return this.#compacted;
  }

  compactedTo(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
  }

  get seen(): number {
    return this.#seen;
  }

  get committed(): number {
    return this.#committed;
  }

  /** The feed has delivered everything up to `revision`. */
  advance(revision: number): void {
    if (revision <= this.#seen) return;
    this.#seen = revision;
    this.#committed = Math.max(this.#committed, revision);
    for (const waiter of this.#waiters.values()) if (waiter.revision <= revision) waiter.wake();
  }

  /** etcd's history was replaced by an older one. */
  rewind(revision: number): void {
    this.#seen = revision;
    this.#committed = revision;
    this.#options.ownWrites?.rewind(revision);
  }

  /** etcd has confirmed a write of this process; to be called before anybody is told of it. */
  wrote(revision: number): void {
    this.#options.ownWrites?.confirmed(revision, this.#seen);
  }

  /** The newest committed revision, from a quorum read that starts after this call. */
  current(): Promise<number> {
    if (!this.#next) {
      this.#next = Promise.withResolvers();
      if (!this.#reading) this.#schedule();
    }
    return this.#next.promise;
  }

  /** etcd has told of a state as new as this; to be called before anybody else is. */
  told(revision: number): void {
    this.#options.ownWrites?.told(revision);
  }

  /** The answer to a write of this process was lost. */
  lost(): void {
    this.#options.ownWrites?.lost();
  }

  /** `current`, and the wait for it; shared by all callers of one read. Where nobody else writes, nobody is asked. */
  latest(): Promise<Reached> {
    const { ownWrites } = this.#options;
    if (ownWrites?.isAlone) return this.#reached(Math.max(this.#seen, ownWrites.newest));
    if (!this.#nextReached) {
      this.#nextReached = this.current().then((revision) => this.#reached(revision));
    }
    return this.#nextReached;
  }

  async #reached(revision: number): Promise<Reached> {
    return { revision, reached: this.#seen >= revision || (await this.reach(revision)) };
  }

  /** Waits for the feed; false when it is not there after the longest wait. */
  async reach(revision: number): Promise<boolean> {
    if (this.#seen >= revision) return true;
    const { clock, waitMsMax } = this.#options;
    using _stall = clock.after(this.#stallMs(), () => void this.#nudge());
    return await this.#wait(revision, waitMsMax);
  }

  /**
   * The event of a write of this process has been handed to the watches that it concerns, or does not come soon: those that it
   * woke run at the end of the turn in which the feed tells of it.
   */
  async delivered(revision: number): Promise<void> {
    if (this.#seen < revision) await this.#wait(revision, DELIVERY_MS_MAX);
    await immediate();
  }

  /** False when the feed is not there in time. */
  async #wait(revision: number, msMax: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const id = ++this.#lastWaiter;
    this.#waiters.set(id, { revision, wake: () => resolve(true) });
    using _deadline = this.#options.clock.after(msMax, () => resolve(this.#seen >= revision));
    try {
      return await promise;
    } finally {
      this.#waiters.delete(id);
    }
  }

  #stallMs(): number {
    return this.#options.clock.now() < this.#sharedUntil ? STALL_MS_SHARED : STALL_MS;
  }

  /** In a turn of its own, so that all requests that came with one read of a socket share it. */
  #schedule(): void {
    this.#reading = true;
    setImmediate(() => void this.#read());
  }

  async #read(): Promise<void> {
    const waiting = this.#next;
    this.#next = undefined;
    this.#nextReached = undefined;
    if (waiting) {
      try {
        const { client, probeKey } = this.#options;
        const { revision } = await client.range({ key: probeKey, keysOnly: true });
        this.#committed = Math.max(this.#committed, revision);
        waiting.resolve(revision);
      } catch (error) {
        waiting.reject(error);
      }
    }
    this.#reading = false;
    if (this.#next) this.#schedule();
  }

  async #nudge(): Promise<void> {
    if (this.#nudging) return;
    this.#nudging = true;
    const { clock, nudge } = this.#options;
    try {
      // The revision waited for may be known from another server only.
      if (!this.#isStalled()) await this.current();
      const until = clock.now() + this.#options.waitMsMax;
      while (this.#isStalled() && clock.now() < until) {
        this.#sharedUntil = clock.now() + SHARED_FOR_MS;
        await nudge();
        await clock.sleep(STALL_MS);
      }
    } catch {
      // Those who wait go to etcd themselves when their time is over.
    } finally {
      this.#nudging = false;
    }
  }

  /** Somebody waits for a revision that is committed; one that is not may come or never come. */
  #isStalled(): boolean {
    for (const { revision } of this.#waiters.values())
      if (revision > this.#seen && revision <= this.#committed) return true;
    return false;
  }
}
