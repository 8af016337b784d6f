/** Takes the node ports that a Service asks for, or free ones, and knows which it no longer has. */
import type { Service, ServicePort, ServiceSpec } from "#api/types/core/v1";
import { invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Allocator } from "../../strategy.ts";
import { hasNodePorts, needsHealthPort, wantsNodePorts } from "./defaults.ts";

export interface PortUse {
  readonly allocator: Allocator;
  readonly dryRun: boolean;
}

/** What a dry run shows for the first port that it would have chosen: one more than this. */
const shownBefore = 32_768;

/** The ports that one write takes. */
class Operation {
  readonly taken: string[];
  readonly #use: PortUse;
  /** Of a dry run: nobody else knows them. */
  readonly #shown: number[] = [];

  constructor(use: PortUse, taken: string[]) {
    this.#use = use;
    this.taken = taken;
  }

  async take(port: number): Promise<void> {
    const { allocator, dryRun } = this.#use;
    if (dryRun) {
      if (allocator.isTaken(String(port)) || this.#shown.includes(port)) {
        throw new Error("provided port is already allocated");
      }
      this.#shown.push(port);
    } else this.taken.push(await allocator.allocate(String(port)));
  }

  async takeAny(): Promise<number> {
    const { allocator, dryRun } = this.#use;
    if (dryRun) {
      const port = Math.max(...this.#shown, ...(this.#shown.length === 0 ? [shownBefore] : [])) + 1;
      this.#shown.push(port);
      return port;
    }
    const value = await allocator.allocate();
    this.taken.push(value);
    return Number(value);
  }
}

/** Fills in the ports; what was taken is added to `taken` as it is. */
export async function takeNodePorts(
  service: Service,
  old: Readonly<Service> | undefined,
  use: PortUse,
  taken: string[],
): Promise<void> {
  const operation = new Operation(use, taken);
  if (hasNodePorts(service.spec)) {
    if (old) await takeForUpdate(service, new Set(portsOf(old)), operation);
    else await takeForCreate(service, operation);
  }
  if (needsHealthPort(service.spec) && !(old && needsHealthPort(old.spec))) await takeHealthPort(service, operation);
}

/** Ports of one number (TCP and UDP) get one node port, unless they ask for two. */
async function takeForCreate(service: Service, operation: Operation): Promise<void> {
  const ports = service.spec.ports ?? [];
  const known = new Map<number, number>();
  for (const [at, port] of ports.entries()) {
    if (!port.nodePort && !wantsNodePorts(service.spec)) continue;
    const shared = known.get(port.port);
    if (shared !== undefined) {
      if (!port.nodePort) port.nodePort = shared;
      else if (port.nodePort !== shared) await takeWanted(service, at, port.nodePort, operation);
      continue;
    }
    const wanted = ports.find((other) => other.port === port.port && other.nodePort)?.nodePort;
    if (wanted) await takeWanted(service, at, wanted, operation);
    port.nodePort = wanted ?? (await takeAny(operation));
    known.set(port.port, port.nodePort);
  }
}

async function takeForUpdate(service: Service, held: Set<number>, operation: Operation): Promise<void> {
  const seen = new Set<string>();
  for (const [at, port] of (service.spec.ports ?? []).entries()) {
    if (!port.nodePort && !wantsNodePorts(service.spec)) continue;
    if (!port.nodePort) port.nodePort = await takeAny(operation);
    else if (!held.has(port.nodePort)) await takeWanted(service, at, port.nodePort, operation);
    held.add(port.nodePort);
    const key = `${port.protocol}/${port.nodePort}`;
    if (seen.has(key)) {
      throw new StatusError("Unknown", `duplicate nodePort: {${port.protocol} ${port.nodePort}}`);
    }
    seen.add(key);
  }
}

async function takeWanted(service: Service, at: number, wanted: number, operation: Operation): Promise<void> {
  try {
    await operation.take(wanted);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw invalidObject({ group: "", kind: "Service" }, service.metadata.name ?? "", [
      invalid(`spec.ports[${at}].nodePort`, wanted, text),
    ]);
  }
}

async function takeAny(operation: Operation): Promise<number> {
  try {
    return await operation.takeAny();
  } catch (error) {
    throw StatusError.from(
      new Error(`failed to allocate a nodePort: ${error instanceof Error ? error.message : error}`),
    );
  }
}

async function takeHealthPort({ spec }: Service, operation: Operation): Promise<void> {
  const wanted = spec.healthCheckNodePort;
  try {
    if (wanted) await operation.take(wanted);
    else spec.healthCheckNodePort = await operation.takeAny();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const what = wanted ? `requested HealthCheck NodePort ${wanted}` : "a HealthCheck NodePort 0";
    throw StatusError.from(new Error(`failed to allocate ${what}: ${text}`));
  }
}

const numbersOf = (ports: readonly ServicePort[] | undefined): number[] =>
  (ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));

/** All ports of nodes that a Service has; one written past the server may have no spec. */
export function portsOf({ spec }: { readonly spec?: Readonly<ServiceSpec> }): number[] {
  const health = spec?.healthCheckNodePort;
  return health ? [...numbersOf(spec.ports), health] : numbersOf(spec?.ports);
}
