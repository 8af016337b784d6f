/** The allocators of Services' addresses and ports, kept in step with what exists. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Service } from "#api/types/core/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { portsOf as servicePorts } from "#pkg/registry/core/services/node-ports.ts";
import type { AddressHolder, AllocationServices } from "#pkg/registry/strategy.ts";
import type { Storage, StoredObject, WatchItem } from "#pkg/storage/types.ts";
import { type FollowOptions, followStore } from "../resources/follow.ts";
import type { ResourceTable } from "../resources/table.ts";
import type { ServerServices } from "../services.ts";
import { RecordedAddresses } from "./address-allocator.ts";
import { AddressRecords, familyNameOf } from "./address-records.ts";
import { AddressRepair } from "./address-repair.ts";
import { PoolAllocator } from "./allocator.ts";
import { ensureDefaultRange } from "./default-range.ts";
import { portPool } from "./pools.ts";
import { PortLocks } from "./port-locks.ts";
import { ServiceRanges } from "./service-ranges.ts";

export interface AllocationOptions {
  /** One range, or one of each family; the first one's family is the default. */
  readonly cidrs: readonly string[];
  readonly ports: { readonly from: number; readonly to: number };
  readonly log: Logger;
  readonly storage: Pick<Storage, "raw">;
  /** The prefix of everything in etcd. */
  readonly root: string;
}

/** How long Services wait for the first range; after that they are refused. */
const startMsMax = 30_000;
const defaultRangeMs = 10_000;

export class ServiceAllocators implements AllocationServices {
  readonly clusterIps: RecordedAddresses;
  readonly nodePorts: PoolAllocator;
  readonly #options: AllocationOptions;
  readonly #ranges = new ServiceRanges();
  readonly #records = new AddressRecords(() => this.#server());
  readonly #started = Promise.withResolvers<void>();
  #services: ServerServices | undefined;

  constructor(options: AllocationOptions) {
    this.#options = options;
    const locks = new PortLocks(options.storage.raw, systemClock, options.root);
    this.nodePorts = new PoolAllocator(portPool(options.ports), locks);
    this.clusterIps = new RecordedAddresses({
      families: options.cidrs.map(familyNameOf),
      ranges: this.#ranges,
      records: this.#records,
      holderExists: (holder) => this.#holderExists(holder),
      started: this.#started.promise,
      log: options.log,
    });
  }

  /** Resolves once all that exists is known. */
  async follow(table: ResourceTable, options: FollowOptions): Promise<void> {
    const store = (group: string, plural: string) => table.ensure(group, "v1", plural).store;
    await Promise.all([
      followStore(store("", "services"), (items) => this.#applyServices(items), options),
      followStore(store("networking.k8s.io", "servicecidrs"), (items) => this.#ranges.apply(items), options),
      followStore(store("networking.k8s.io", "ipaddresses"), (items) => this.#records.apply(items), options),
    ]);
  }

  /**
   * Makes the default range and puts the records in order; Services are given addresses from then on. Goes on looking
   * after both until the server stops. Throws when storage refuses.
   */
  async start(services: ServerServices): Promise<void> {
    this.#services = services;
    const timeout = setTimeout(() => this.#started.resolve(), startMsMax);
    try {
      const signal = AbortSignal.any([services.stopping, AbortSignal.timeout(startMsMax)]);
      await ensureDefaultRange(services, this.#options.cidrs);
      const family = this.clusterIps.families[0] === "IPv6" ? 6 : 4;
      while (this.#ranges.ready(family).length === 0 && !signal.aborted) await this.#ranges.changed(signal);
      const repair = new AddressRepair(services, this.#ranges, this.#records);
      await repair.run();
      repair.start();
    } finally {
      clearTimeout(timeout);
      this.#started.resolve();
    }
    void this.#keepDefaultRange(services);
  }

  async #keepDefaultRange(services: ServerServices): Promise<void> {
    const signal = services.stopping;
    while (!signal.aborted) {
      await sleep(defaultRangeMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      await ensureDefaultRange(services, this.#options.cidrs).catch((error: unknown) => {
        if (!signal.aborted) this.#options.log.warn({ err: error }, "the default ServiceCIDR could not be written");
      });
    }
  }

  #server(): ServerServices {
    if (!this.#services) throw new Error("allocator not ready");
    return this.#services;
  }

  async #holderExists({ namespace, name }: AddressHolder): Promise<boolean> {
    const resource = this.#server().table.ensure("", "v1", "services");
    return (await resource.store.get(resource.keyOf(namespace, name), { kind: "latest" })) !== undefined;
  }

  /** Other servers take and give back ports too. */
  #applyServices(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { type, current, previous } = item.event;
      // An update gives back what the Service no longer holds.
      const kept = new Set(type === "DELETED" ? [] : portsOf(current));
      const before = type === "DELETED" ? current : previous;
      if (before) for (const port of portsOf(before)) if (!kept.has(port)) this.nodePorts.drop(port, before.key);
      for (const port of kept) this.nodePorts.hold(port, current.key);
    }
  }
}

const portsOf = ({ object }: StoredObject): string[] => servicePorts(object as Service).map(String);
