/**
 * Claims as the scheduler has to see them: what the watch shows, what it wrote a moment ago and the watch does not show
 * yet, and what it is about to write. Without the latter two a device would go to two pods.
 */
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Informer } from "#pkg/client/types.ts";
import { type DeviceId, takenBy } from "./device-id.ts";
import type { Claim } from "./wishes.ts";

const versionOf = ({ metadata }: Claim): number => Number(metadata.resourceVersion ?? 0);

export class ClaimTracker {
  readonly #claims: Informer<ResourceClaim>;
  /** By key: newer than what the watch has shown. */
  readonly #assumed = new Map<string, Claim>();
  /** By uid: devices of allocations that are decided and not written. */
  readonly #pending = new Map<string, readonly DeviceId[]>();
  /** By key, as counted in `#taken`. */
  readonly #devices = new Map<string, readonly DeviceId[]>();
  /** How many claims have a device: one, or for a moment two. */
  readonly #taken = new Map<DeviceId, number>();

  constructor(claims: Informer<ResourceClaim>) {
    this.#claims = claims;
    const seen = (claim: Claim) => this.#onSeen(claim);
    claims.addHandler({ added: seen, updated: seen, deleted: (claim) => this.#onGone(claim) });
  }

  get(key: string): Claim | undefined {
    return this.#assumed.get(key) ?? this.#claims.get(key);
  }

  /** Whether a pod has the device, or will have. */
  isTaken(id: DeviceId): boolean {
    return this.#taken.has(id);
  }

  isPending(uid: string): boolean {
    return this.#pending.has(uid);
  }

  /** From the decision until the claim is written or given up. */
  setPending(uid: string, devices: readonly DeviceId[]): void {
    this.removePending(uid);
    this.#pending.set(uid, devices);
    this.#count(devices, 1);
  }

  removePending(uid: string): boolean {
    const devices = this.#pending.get(uid);
    if (!devices) return false;
    this.#pending.delete(uid);
    this.#count(devices, -1);
    return true;
  }

  /** Takes a claim as the server returned it. Does nothing for one that is gone, or that the watch has overtaken. */
  assume(claim: Claim): void {
    const key = keyOf(claim);
    const known = this.#claims.get(key);
    if (!known || known.metadata.uid !== claim.metadata.uid || versionOf(known) >= versionOf(claim)) return;
    this.#assumed.set(key, claim);
    this.#settle(key);
  }

  /** Goes back to what the watch shows. */
  restore(key: string): void {
    if (this.#assumed.delete(key)) this.#settle(key);
  }

  #onSeen(claim: Claim): void {
    const key = keyOf(claim);
    const assumed = this.#assumed.get(key);
    const isSame = assumed?.metadata.uid === claim.metadata.uid;
    if (!assumed || !isSame || versionOf(assumed) <= versionOf(claim)) this.#assumed.delete(key);
    this.#settle(key);
  }

  #onGone(claim: Claim): void {
    const key = keyOf(claim);
    if (this.#assumed.get(key)?.metadata.uid === claim.metadata.uid) this.#assumed.delete(key);
    this.#settle(key);
  }

  /** Counts the devices of a claim as it is now. */
  #settle(key: string): void {
    const before = this.#devices.get(key) ?? [];
    const now = takenBy(this.get(key)?.status?.allocation?.devices?.results);
    if (now.length > 0) this.#devices.set(key, now);
    else this.#devices.delete(key);
    this.#count(now, 1);
    this.#count(before, -1);
  }

  #count(devices: readonly DeviceId[], change: 1 | -1): void {
    for (const id of devices) {
      const count = (this.#taken.get(id) ?? 0) + change;
      if (count > 0) this.#taken.set(id, count);
      else this.#taken.delete(id);
    }
  }
}
