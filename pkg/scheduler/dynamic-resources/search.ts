/**
 * Finds devices for claims on one node: the first way in which every request of every claim gets what it asks for. It
 * tries devices in the order in which they are published and goes back where it comes to nothing. Pure. KEP-4381.
 */
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { DeviceId } from "./device-id.ts";
import { MatchAttribute } from "./match-attribute.ts";
import type { Candidate, Pool } from "./pools.ts";
import type { ClaimWishes, Wish } from "./wishes.ts";

/** The most devices of one claim. */
const resultsMax = 32;

/** A device that a claim gets. */
export interface Pick {
  readonly wish: Wish;
  readonly candidate: Candidate;
}

/** What one claim gets. */
export interface ClaimPicks {
  readonly picks: readonly Pick[];
  /** The alternative that was taken of each request. */
  readonly taken: readonly Wish[];
}

export interface SearchOptions {
  readonly claims: readonly ClaimWishes[];
  readonly pools: readonly Pool[];
  /** Whether another claim has the device. */
  readonly isTaken: (id: DeviceId) => boolean;
  /** Throws when there is no time left. Asked once a step. */
  readonly checkTime: () => void;
}

interface ClaimState {
  readonly picks: Pick[];
  readonly taken: Wish[];
  readonly constraints: readonly MatchAttribute[];
}

/** Where in a request the search is: this many devices are found, and the next comes from here on. */
interface Place {
  readonly found: number;
  readonly from: number;
}

/** Undefined when there is no way. Throws an Error in upstream's words where no other node can help either. */
export function searchDevices(options: SearchOptions): readonly ClaimPicks[] | undefined {
  const search = new Search(options);
  return search.isFound() ? search.states : undefined;
}

class Search {
  readonly states: readonly ClaimState[];
  readonly #options: SearchOptions;
  readonly #usable: readonly Candidate[];
  /** For requests of all devices: which these are. */
  readonly #all = new Map<Wish, readonly Candidate[]>();
  /** By device: the claims, by their places, that get it in this attempt. */
  readonly #picked = new Map<DeviceId, Set<number>>();

  constructor(options: SearchOptions) {
    const { claims, pools } = options;
    this.#options = options;
    this.#usable = pools.filter((pool) => !pool.isIncomplete && !pool.isInvalid).flatMap((pool) => pool.candidates);
    this.states = claims.map((claim) => ({ picks: [], taken: [], constraints: this.#prepare(claim) }));
  }

  isFound(): boolean {
    return this.#request(0, 0);
  }

  /** What of a claim can be told before any device is tried. */
  #prepare({ claim, requests }: ClaimWishes): MatchAttribute[] {
    let least = 0;
    for (const alternatives of requests) {
      for (const wish of alternatives) {
        if (wish.mode === "All") this.#all.set(wish, this.#everyDevice(wish, claim));
      }
      least += Math.min(...alternatives.map((wish) => this.#countOf(wish)));
    }
    if (least > resultsMax) {
      const why = `number of requested devices ${least} exceeds the claim limit of ${resultsMax}`;
      throw new Error(`claim ${keyOf(claim)}: ${why}`);
    }
    return (claim.spec.devices?.constraints ?? []).map((constraint, at) => {
      if (constraint.matchAttribute !== undefined) return new MatchAttribute(constraint, constraint.matchAttribute);
      throw new Error(`claim ${keyOf(claim)}, constraint #${at}: empty constraint (unsupported constraint type?)`);
    });
  }

  /** All of a pool that is not whole is not known. */
  #everyDevice(wish: Wish, claim: ClaimWishes["claim"]): Candidate[] {
    return this.#options.pools.flatMap((pool) => {
      const state = pool.isIncomplete ? "being updated" : pool.isInvalid ? "invalid" : undefined;
      if (!state) return pool.candidates.filter((candidate) => wish.accepts(candidate));
      const why = `asks for all devices, but resource pool ${pool.name} is currently ${state}`;
      throw new Error(`claim ${keyOf(claim)}, request ${wish.ownName}: ${why}`);
    });
  }

  #countOf(wish: Wish): number {
    return this.#all.get(wish)?.length ?? wish.count;
  }

  /** Satisfies this request and all that follow. */
  #request(claimAt: number, requestAt: number): boolean {
    const claim = this.#options.claims[claimAt];
    if (!claim) return true;
    const alternatives = claim.requests[requestAt];
    if (!alternatives) return this.#request(claimAt + 1, 0);
    const { taken } = this.states[claimAt] as ClaimState;
    for (const wish of alternatives) {
      taken[requestAt] = wish;
      if (this.#devices(wish, claimAt, requestAt, { found: 0, from: 0 })) return true;
    }
    return false;
  }

  /** Finds what the wish still lacks, and satisfies all that follows. */
  #devices(wish: Wish, claimAt: number, requestAt: number, { found, from }: Place): boolean {
    this.#options.checkTime();
    const count = this.#countOf(wish);
    const all = this.#all.get(wish);
    if (all && count === 0) return false;
    if (found >= count) return this.#request(claimAt, requestAt + 1);
    const { picks } = this.states[claimAt] as ClaimState;
    if (picks.length + count - found > resultsMax) return false;
    const candidates = all ?? this.#usable;
    // The order among the devices of one request does not matter, so only what comes after the last one is tried; of
    // all devices each has its place.
    const end = all ? from + 1 : candidates.length;
    for (let at = from; at < end; at++) {
      const candidate = candidates[at] as Candidate;
      if (!this.#take(wish, claimAt, candidate)) continue;
      if (this.#devices(wish, claimAt, requestAt, { found: found + 1, from: at + 1 })) return true;
      this.#giveBack(wish, claimAt, candidate);
    }
    return false;
  }

  #take(wish: Wish, claimAt: number, candidate: Candidate): boolean {
    if (this.#isInUse(wish, claimAt, candidate.id) || !wish.accepts(candidate)) return false;
    // Parts of a device that share counters belong to a feature that is off in this version.
    if ((candidate.device.consumesCounters?.length ?? 0) > 0) return false;
    const { picks, constraints } = this.states[claimAt] as ClaimState;
    const refusing = constraints.findIndex((constraint) => !constraint.add(wish, candidate));
    if (refusing >= 0) {
      for (const constraint of constraints.slice(0, refusing)) constraint.remove(wish);
      if (this.#all.has(wish)) this.#failOfAll(wish, claimAt, candidate);
      return false;
    }
    const users = this.#picked.get(candidate.id) ?? new Set();
    this.#picked.set(candidate.id, users.add(claimAt));
    picks.push({ wish, candidate });
    return true;
  }

  #failOfAll({ ownName }: Wish, claimAt: number, { id }: Candidate): never {
    const { claim } = this.#options.claims[claimAt] as ClaimWishes;
    const why = `cannot add device ${id} because a claim constraint would not be satisfied`;
    throw new Error(`claim ${keyOf(claim)}, request ${ownName}: ${why}`);
  }

  #giveBack(wish: Wish, claimAt: number, { id }: Candidate): void {
    const { picks, constraints } = this.states[claimAt] as ClaimState;
    for (const constraint of constraints) constraint.remove(wish);
    this.#picked.get(id)?.delete(claimAt);
    picks.pop();
  }

  /** Administrators may look at what others use, but a claim has a device once. */
  #isInUse({ adminAccess }: Wish, claimAt: number, id: DeviceId): boolean {
    const users = this.#picked.get(id);
    if (adminAccess) return users?.has(claimAt) ?? false;
    return (users?.size ?? 0) > 0 || this.#options.isTaken(id);
  }
}
