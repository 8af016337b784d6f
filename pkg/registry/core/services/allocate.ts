/** Takes the cluster addresses and node ports a service asks for, or free ones, and gives back what it no longer uses. */
import type { Service } from "#api/types/core/v1";
import { invalidObject } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Allocation, AllocationServices, Allocator, StrategyContext } from "../../strategy.ts";
import { needsClusterIp, needsHealthPort, needsNodePort } from "./defaults.ts";

interface Taken {
  readonly from: Allocator;
  readonly value: string;
}

type Context = StrategyContext & { readonly services: AllocationServices };

export async function allocateService(
  service: Service,
  old: Readonly<Service> | undefined,
  context: Context,
): Promise<Allocation> {
  const taken: Taken[] = [];
  const giveBack = async (held: readonly Taken[]) => {
    for (const { from, value } of held) await from.release(value);
  };
  try {
    await takeClusterIp(service, old, context, taken);
    await takeNodePorts(service, old, context, taken);
  } catch (error) {
    await giveBack(taken);
    throw error;
  }
  return {
    commit: () => giveBack(context.dryRun ? taken : old ? unused(service, old, context) : []),
    rollback: () => giveBack(taken),
  };
}

async function takeClusterIp(
  service: Service,
  old: Readonly<Service> | undefined,
  { services: { clusterIps } }: Context,
  taken: Taken[],
): Promise<void> {
  const { spec } = service;
  if (!needsClusterIp(spec) || spec.clusterIP === "None" || (spec.clusterIP && spec.clusterIP === old?.spec.clusterIP))
    return;
  const wanted = spec.clusterIP || undefined;
  try {
    const value = await clusterIps.allocate(wanted);
    taken.push({ from: clusterIps, value });
    spec.clusterIP = value;
    spec.clusterIPs = [value, ...(spec.clusterIPs ?? []).slice(1)];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const why = wanted ? `failed to allocate IP ${wanted}: ${text}` : `failed to allocate a serviceIP: ${text}`;
    throw invalidObject({ group: "", kind: "Service" }, service.metadata.name ?? "", [
      invalid("spec.clusterIPs", wanted ? [wanted] : [], why),
    ]);
  }
}

async function takeNodePorts(
  service: Service,
  old: Readonly<Service> | undefined,
  { services: { nodePorts } }: Context,
  taken: Taken[],
): Promise<void> {
  const { spec } = service;
  const held = portsOf(old);
  const take = async (field: string, wanted: number | undefined): Promise<number> => {
    if (wanted && held.has(wanted)) return wanted;
    try {
      const value = await nodePorts.allocate(wanted ? String(wanted) : undefined);
      taken.push({ from: nodePorts, value });
      held.add(Number(value));
      return Number(value);
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw invalidObject({ group: "", kind: "Service" }, service.metadata.name ?? "", [
        invalid(field, wanted ?? 0, text),
      ]);
    }
  };
  if (needsNodePort(spec)) {
    for (const [at, port] of (spec.ports ?? []).entries()) {
      // The same number may serve TCP and UDP of one service: `held` lets the second one share it.
      port.nodePort = await take(`spec.ports[${at}].nodePort`, port.nodePort || undefined);
    }
  }
  if (needsHealthPort(spec)) {
    spec.healthCheckNodePort = await take("spec.healthCheckNodePort", spec.healthCheckNodePort || undefined);
  }
}

function portsOf(service: Readonly<Service> | undefined): Set<number> {
  const ports = (service?.spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  const health = service?.spec.healthCheckNodePort;
  return new Set(health ? [...ports, health] : ports);
}

function unused(service: Service, old: Readonly<Service>, { services }: Context): Taken[] {
  const out: Taken[] = [];
  const ip = old.spec.clusterIP;
  if (ip && ip !== "None" && ip !== service.spec.clusterIP) out.push({ from: services.clusterIps, value: ip });
  for (const port of portsOf(old).difference(portsOf(service)))
    out.push({ from: services.nodePorts, value: String(port) });
  return out;
}
