/** Takes what a Service needs of the cluster's own, and gives back what it no longer uses. */
import type { Service } from "#api/types/core/v1";
import { invalidObject } from "#pkg/apimachinery/status-error.ts";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import type { Allocation, AllocationServices, StrategyContext } from "../../strategy.ts";
import { heldAddresses, holderOf, takeClusterIps } from "./cluster-ips.ts";
import { initFamilies } from "./families.ts";
import { portsOf, takeNodePorts } from "./node-ports.ts";
import { clusterAddresses } from "./validate-addresses.ts";

type Context = StrategyContext & { readonly services: AllocationServices };

interface Taken {
  readonly addresses: string[];
  readonly ports: string[];
}

export async function allocateService(
  service: Service,
  old: Readonly<Service> | undefined,
  { services, dryRun }: Context,
): Promise<Allocation> {
  refuse(service, [...clusterAddresses(service.spec, old?.spec.clusterIPs)]);
  refuse(service, initFamilies(service, old, services.clusterIps.families));
  const taken: Taken = { addresses: [], ports: [] };
  const giveBack = (what: Taken) => release(service, what, services);
  try {
    await takeClusterIps(service, old, { allocator: services.clusterIps, dryRun }, taken.addresses);
    await takeNodePorts(service, old, { allocator: services.nodePorts, dryRun }, taken.ports);
  } catch (error) {
    await giveBack(taken);
    throw error;
  }
  return {
    commit: () => (old && !dryRun ? giveBack(unused(service, old)) : Promise.resolve()),
    rollback: () => giveBack(taken),
  };
}

function refuse({ metadata }: Service, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalidObject({ group: "", kind: "Service" }, metadata.name ?? "", errors);
}

/** After the Service is gone. */
export const releaseService = (service: Readonly<Service>, services: AllocationServices): Promise<void> =>
  release(service, { addresses: heldAddresses(service), ports: portsOf(service).map(String) }, services);

async function release(service: Readonly<Service>, what: Taken, services: AllocationServices): Promise<void> {
  const holder = holderOf(service);
  for (const address of what.addresses) await services.clusterIps.release(address, holder);
  for (const port of what.ports) await services.nodePorts.release(port);
}

function unused(service: Service, old: Readonly<Service>): Taken {
  const before = { addresses: new Set(heldAddresses(old)), ports: new Set(portsOf(old)) };
  return {
    addresses: [...before.addresses.difference(new Set(heldAddresses(service)))],
    ports: [...before.ports.difference(new Set(portsOf(service)))].map(String),
  };
}
