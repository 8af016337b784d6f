/** The allocators, kept in step with the Services that exist. */
import type { Service } from "#api/types/core/v1";
import type { StoredObject, WatchItem } from "#pkg/storage/types.ts";
import { type FollowOptions, followStore } from "../resources/follow.ts";
import type { ResourceTable } from "../resources/table.ts";
import { PoolAllocator } from "./allocator.ts";
import { addressPool, portPool } from "./pools.ts";

export class ServiceAllocators {
  readonly clusterIps: PoolAllocator;
  readonly nodePorts: PoolAllocator;

  constructor(options: { readonly cidr: string; readonly ports: { readonly from: number; readonly to: number } }) {
    this.clusterIps = new PoolAllocator(addressPool(options.cidr));
    this.nodePorts = new PoolAllocator(portPool(options.ports));
  }

  /** Resolves once all existing Services are known. */
  follow(table: ResourceTable, options: FollowOptions): Promise<void> {
    const { store } = table.ensure("", "v1", "services");
    return followStore(store, (items) => this.#apply(items), options);
  }

  #apply(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { type, current, previous } = item.event;
      // An update gives back what the Service no longer holds.
      const kept = new Set(type === "DELETED" ? [] : [...addressesOf(current), ...portsOf(current)]);
      const before = type === "DELETED" ? current : previous;
      if (before) {
        for (const value of addressesOf(before)) if (!kept.has(value)) void this.clusterIps.release(value);
        for (const value of portsOf(before)) if (!kept.has(value)) void this.nodePorts.release(value);
      }
      if (type === "DELETED") continue;
      for (const value of addressesOf(current)) this.clusterIps.hold(value);
      for (const value of portsOf(current)) this.nodePorts.hold(value);
    }
  }
}

function addressesOf({ object }: StoredObject): string[] {
  return ((object as Service).spec?.clusterIPs ?? []).filter((ip) => ip !== "None" && ip !== "");
}

function portsOf({ object }: StoredObject): string[] {
  const { spec } = object as Service;
  const ports = (spec?.ports ?? []).flatMap((p) => (p.nodePort ? [String(p.nodePort)] : []));
  return spec?.healthCheckNodePort ? [...ports, String(spec.healthCheckNodePort)] : ports;
}
