/**
 * The writes of a process that is the only one to write: the newest revision that anybody can know of is the newest of which
 * etcd has told this process, so that reads need not ask. It was told that it is alone and cannot prove it, but each event of
 * the feed that none of its own writes explains shows that it is not.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";

/** etcd's answer to a write comes no later than this behind the event, or the write was somebody else's. */
const EXPLAINED_MS_MAX = 1_000;
/** For how long one write of somebody else makes us expect more. */
const NOT_ALONE_FOR_MS = 60_000;
/** So long after the answer to a write was lost an event may be its. */
const IN_DOUBT_FOR_MS = 15_000;
/** Writes whose events have not come, and events whose writes have not been answered. */
const WAITING_MAX = 10_000;

export class OwnWrites {
  readonly #clock: Clock;
  #newest = 0;
  /** Confirmed, and not seen in the feed. */
  readonly #awaited = new Set<number>();
  /** Seen in the feed and not confirmed, with the time. */
  readonly #unexplained = new Map<number, number>();
  #isChecking = false;
  #notAloneUntil = 0;
  #inDoubtUntil = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The newest revision of which etcd has told this process: confirmed a write, or refused one for its sake. */
  get newest(): number {
    return this.#newest;
  }

  /** False for a while after somebody else has written. */
  get isAlone(): boolean {
    return this.#clock.now() >= this.#notAloneUntil;
  }

  /** etcd has confirmed a write; to be called before anybody is told of it. `seen`: how far the feed is. */
  confirmed(revision: number, seen: number): void {
    this.told(revision);
    if (revision <= seen) this.#unexplained.delete(revision);
    else {
      // A feed that is far behind: its events will look like somebody else's, which costs time and no truth.
      if (this.#awaited.size >= WAITING_MAX) this.#awaited.clear();
      this.#awaited.add(revision);
    }
  }

  /** etcd has told of a state as new as this, which may hold writes whose answers were lost. */
  told(revision: number): void {
    this.#newest = Math.max(this.#newest, revision);
  }

  /** The answer to a write was lost: it may have been made, or be made yet. Nobody is told that it was. */
  lost(): void {
    this.#inDoubtUntil = this.#clock.now() + IN_DOUBT_FOR_MS;
  }

  /** The feed tells of a change. What goes is not asked for: etcd itself takes objects away when their time is over. */
  saw(revision: number, deleted: boolean): void {
    if (this.#awaited.delete(revision) || deleted) return;
    if (this.#unexplained.size >= WAITING_MAX) this.#notAlone();
    this.#unexplained.set(revision, this.#clock.now());
    this.#checkLater();
  }

  /** etcd's history was replaced by an older one. */
  rewind(revision: number): void {
    this.#newest = revision;
    this.#awaited.clear();
    this.#unexplained.clear();
  }

  #checkLater(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    this.#clock.after(EXPLAINED_MS_MAX, () => this.#check());
  }

  #check(): void {
    this.#isChecking = false;
    const since = this.#clock.now() - EXPLAINED_MS_MAX;
    for (const [revision, at] of this.#unexplained) {
      if (at > since) break;
      this.#unexplained.delete(revision);
      if (at >= this.#inDoubtUntil) this.#notAlone();
    }
    if (this.#unexplained.size > 0) this.#checkLater();
  }

  #notAlone(): void {
    this.#notAloneUntil = this.#clock.now() + NOT_ALONE_FOR_MS;
    this.#unexplained.clear();
  }
}
