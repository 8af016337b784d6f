/** The ranges of addresses that ServiceCIDR objects give to Services. */
import type { ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import type { Address } from "#pkg/apimachinery/net/address.ts";
import { type AddressRange, containsAddress, printRange, readRange } from "#pkg/apimachinery/net/range.ts";
import type { WatchItem } from "#pkg/storage/types.ts";

interface Entry {
  readonly ranges: readonly AddressRange[];
  /** Its controller says so, and nobody deletes it. */
  readonly ready: boolean;
}

export function isReady({ metadata, status }: Readonly<ServiceCIDR>): boolean {
  if (metadata.deletionTimestamp) return false;
  return (status?.conditions ?? []).some((condition) => condition.type === "Ready" && condition.status === "True");
}

export class ServiceRanges {
  readonly #byName = new Map<string, Entry>();
  #waiting: (() => void)[] = [];

  apply(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { type, current } = item.event;
      const range = current.object as ServiceCIDR;
      const name = range.metadata.name ?? "";
      if (type === "DELETED") this.#byName.delete(name);
      else this.#byName.set(name, { ranges: rangesOf(range), ready: isReady(range) });
    }
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** Those that addresses may be taken from now, each once. */
  ready(family: 4 | 6): AddressRange[] {
    const found = new Map<string, AddressRange>();
    for (const { ranges, ready } of this.#byName.values()) {
      for (const range of ranges) if (ready && range.family === family) found.set(printRange(range), range);
    }
    return [...found.values()];
  }

  /** Whether any range has the address, ready or not. */
  contains(address: Address): boolean {
    return [...this.#byName.values()].some(({ ranges }) => ranges.some((range) => containsAddress(range, address)));
  }

  /** Resolves with the next change, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    this.#waiting.push(resolve);
    return promise;
  }
}

const rangesOf = ({ spec }: Readonly<ServiceCIDR>): AddressRange[] =>
  (spec?.cidrs ?? []).flatMap((text) => readRange(text) ?? []);
