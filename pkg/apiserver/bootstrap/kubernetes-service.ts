/** The `kubernetes` Service in default and its endpoints: how pods find the API. */
import { cloneJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ServerServices } from "../services.ts";

import { updateObject } from "../write/update.ts";
import { ensureObject, writeFor } from "./bootstrap.ts";
import type { MasterLeases } from "./master-leases.ts";

/** Upstream renews its lease as often. */
const renewEveryMs = 10_000;
const leaveMsMax = 2_000;

export interface ServiceAddress {
  /** The first address of the service range. */
  readonly clusterIp: string;
  readonly advertise: string;
  readonly port: number;
}

export interface KubernetesServiceOptions {
  readonly services: ServerServices;
  readonly leases: MasterLeases;
  readonly address: ServiceAddress;
}

/**
 * Keeps the endpoints at the API servers that live: each holds a lease in etcd, and whoever runs writes the addresses of
 * all. One that stops lets go of its lease; one that dies is gone when it runs out.
 */
export class KubernetesService implements AsyncDisposable {
  readonly #options: KubernetesServiceOptions;
  readonly #abort = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #running: Promise<void> = Promise.resolve();
  /** What went wrong last, so that the log tells of it once. */
  #told = "";

  constructor(options: KubernetesServiceOptions) {
    this.#options = options;
  }

  /** Writes the Service and, where that may be, its endpoints; then goes on by itself. Rejects when storage refuses. */
  async start(): Promise<void> {
    const { services, address } = this.#options;
    await ensureObject(services, "services", serviceFor(address));
    this.#running = this.#run();
    await this.#first.promise;
  }

  /** Lets the others know that this server is going. Bounded in time. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    await this.#running;
    const { leases, address, services } = this.#options;
    const leave = async (): Promise<void> => {
      await leases.release(address.advertise);
      await this.#write();
    };
    await Promise.race([leave(), services.clock.sleep(leaveMsMax)]).catch((error: unknown) => this.#tell(error));
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#round();
      this.#first.resolve();
      await this.#options.services.clock.sleep(renewEveryMs, signal).catch(() => {});
    }
    this.#first.resolve();
  }

  async #round(): Promise<void> {
    const { leases, address } = this.#options;
    try {
      await leases.renew(address.advertise);
      await this.#write();
      this.#told = "";
    } catch (error) {
      // An address that nobody may advertise (loopback), or etcd is away: the next round may do better.
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    const text = String(error);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.services.log.warn({ err: error }, "the endpoints of the kubernetes Service could not be written");
  }

  async #write(): Promise<void> {
    const { services, leases, address } = this.#options;
    const living = await leases.addresses();
    // Nobody lives, says etcd, and yet here we are: better old endpoints than none.
    if (living.length === 0) return;
    const wanted = { addresses: living, port: address.port };
    await setContent(services, "endpoints", endpointsFor(wanted), "subsets");
    await setContent(services, "endpointslices", sliceFor(wanted), "endpoints", "ports");
  }
}

interface Backends {
  /** Of the API servers, in order. */
  readonly addresses: readonly string[];
  readonly port: number;
}

const named = (labels?: Record<string, string>): KubeObject["metadata"] => ({
  name: "kubernetes",
  namespace: "default",
  ...(labels ? { labels } : {}),
});

function serviceFor({ clusterIp, port }: ServiceAddress): KubeObject {
  return {
    metadata: named({ component: "apiserver", provider: "kubernetes" }),
    spec: {
      clusterIP: clusterIp,
      internalTrafficPolicy: "Cluster",
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
      sessionAffinity: "None",
      type: "ClusterIP",
    },
  } as unknown as KubeObject;
}

function endpointsFor({ addresses, port }: Backends): KubeObject {
  return {
    metadata: named({ "endpointslice.kubernetes.io/skip-mirror": "true" }),
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ name: "https", port, protocol: "TCP" }] }],
  } as unknown as KubeObject;
}

function sliceFor({ addresses, port }: Backends): KubeObject {
  return {
    metadata: named({ "kubernetes.io/service-name": "kubernetes" }),
    addressType: addresses[0]?.includes(":") ? "IPv6" : "IPv4",
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: "https", port, protocol: "TCP" }],
  } as unknown as KubeObject;
}

type Members = Record<string, unknown>;

async function setContent(
  services: ServerServices,
  plural: string,
  wanted: KubeObject,
  ...members: string[]
): Promise<void> {
  if (await ensureObject(services, plural, wanted)) return;
  await updateObject(writeFor(services, plural, wanted), (current) => {
    const next = cloneJson(current as KubeObject);
    for (const member of members)
      (next as unknown as Members)[member] = cloneJson((wanted as unknown as Members)[member]);
    return next;
  });
}
