/**
 * Decides what a new event becomes: nothing (spam), a count on an earlier one, or an object of its own. Pure but for its memory.
 * The limits are upstream's, so that people see the same events: 25 at once and one every 5 minutes for one object and source;
 * more than 10 that differ only in their message within 10 minutes become one combined event.
 */

export interface EventFacts {
  /** Identifies the object, `kind/namespace/name/uid`. */
  readonly about: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** Anything else that makes events differ: action, field path. */
  readonly detail?: string;
}

export interface Sighting {
  /** Name of the Event object. */
  readonly name: string;
  readonly message: string;
  readonly count: number;
  readonly firstAt: number;
  /** It stands for several that differ in their message. */
  readonly combined: boolean;
}

interface Bucket {
  tokens: number;
  at: number;
}

interface Group {
  readonly messages: Set<string>;
  at: number;
}

interface Grouped {
  readonly key: string;
  readonly message: string;
  readonly combined: boolean;
}

const spamBurst = 25;
const spamRefillMs = 300_000;
const similarMax = 10;
const similarWindowMs = 600_000;
const rememberedMax = 4096;

export class EventCorrelator {
  readonly #buckets = new Map<string, Bucket>();
  readonly #groups = new Map<string, Group>();
  readonly #seen = new Map<string, Sighting>();

  /** `newName` is asked only when the event becomes an object of its own. Undefined: drop it. */
  correlate(facts: EventFacts, now: number, newName: () => string): Sighting | undefined {
    if (!this.#allowed(facts.about, now)) return undefined;
    const { key, message, combined } = this.#grouped(facts, now);
    const known = this.#seen.get(key);
    const sighting: Sighting = known
      ? { name: known.name, message, count: known.count + 1, firstAt: known.firstAt, combined }
      : { name: newName(), message, count: 1, firstAt: now, combined };
    remember(this.#seen, key, sighting);
    return sighting;
  }

  #allowed(about: string, now: number): boolean {
    const bucket = this.#buckets.get(about) ?? { tokens: spamBurst, at: now };
    bucket.tokens = Math.min(spamBurst, bucket.tokens + (now - bucket.at) / spamRefillMs);
    bucket.at = now;
    remember(this.#buckets, about, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #grouped({ about, type, reason, message, detail = "" }: EventFacts, now: number): Grouped {
    const groupKey = JSON.stringify([about, type, reason, detail]);
    const known = this.#groups.get(groupKey);
    const group = known && now - known.at <= similarWindowMs ? known : { messages: new Set<string>(), at: now };
    group.messages.add(message);
    group.at = now;
    remember(this.#groups, groupKey, group);
    if (group.messages.size < similarMax) return { key: JSON.stringify([groupKey, message]), message, combined: false };
    for (const oldest of group.messages) {
      if (group.messages.size <= similarMax) break;
      group.messages.delete(oldest);
    }
    return { key: groupKey, message: `(combined from similar events): ${message}`, combined: true };
  }
}

/** Puts the entry last and forgets the one unused for longest beyond the bound. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= rememberedMax) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
