/** How many placed pods name a claim among their volumes: a claim for one pod only is free when none does. */
import type { PodInfo } from "./types.ts";

export class ClaimUsers {
  /** By `namespace/name` of the claim; claims without users are not in it. */
  readonly #counts = new Map<string, number>();

  /** Counts the pod in (1) or out (-1). */
  count(pod: PodInfo, sign: 1 | -1): void {
    for (const { key, ephemeral } of pod.claims) {
      // The claim of an ephemeral volume is nobody else's anyway.
      if (ephemeral) continue;
      const count = (this.#counts.get(key) ?? 0) + sign;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }
}
