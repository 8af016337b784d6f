/** IPAddress objects, written by the server itself: whoever creates one has the address. */
import type { IPAddress, ParentReference } from "#api/types/networking.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { AddressHolder } from "#pkg/registry/strategy.ts";
import type { WatchItem } from "#pkg/storage/types.ts";
import { writeFor } from "../bootstrap/bootstrap.ts";
import type { ServerServices } from "../services.ts";
import { createObject } from "../write/create.ts";
import { deleteObject } from "../write/delete.ts";

export const addressManager = "ipallocator.k8s.io";
export const addressLabels = {
  family: "ipaddress.kubernetes.io/ip-family",
  managedBy: "ipaddress.kubernetes.io/managed-by",
} as const;

export const familyNameOf = (address: string): "IPv4" | "IPv6" => (address.includes(":") ? "IPv6" : "IPv4");

/** Whether a Service of this name is who an address belongs to. */
export const isHeldBy = (parent: ParentReference | undefined, { namespace, name }: AddressHolder): boolean =>
  !parent?.group && parent?.resource === "services" && parent.namespace === namespace && parent.name === name;

export const isManaged = ({ metadata }: Readonly<IPAddress>): boolean =>
  metadata.labels?.[addressLabels.managedBy] === addressManager;

export class AddressRecords {
  readonly #services: () => ServerServices;
  /** By name; may lag behind. */
  readonly #known = new Set<string>();

  constructor(services: () => ServerServices) {
    this.#services = services;
  }

  apply(items: readonly WatchItem[]): void {
    for (const item of items) {
      if (item.kind !== "event") continue;
      const { type, current } = item.event;
      const name = current.object.metadata.name ?? "";
      if (type === "DELETED") this.#known.delete(name);
      else this.#known.add(name);
    }
  }

  /** True: somebody has it. False: perhaps nobody. */
  isKnown(address: string): boolean {
    return this.#known.has(address);
  }

  /** The present state. */
  async read(address: string): Promise<IPAddress | undefined> {
    const { table } = this.#services();
    const resource = table.ensure("networking.k8s.io", "v1", "ipaddresses");
    const stored = await resource.store.get(resource.keyOf("", address), { kind: "latest" });
    return stored?.object as IPAddress | undefined;
  }

  /** False: somebody else has it. */
  async create(address: string, { namespace, name }: AddressHolder): Promise<boolean> {
    const object = {
      kind: "IPAddress",
      apiVersion: "networking.k8s.io/v1",
      metadata: {
        name: address,
        labels: { [addressLabels.family]: familyNameOf(address), [addressLabels.managedBy]: addressManager },
      },
      spec: { parentRef: { resource: "services", namespace, name } },
    } satisfies IPAddress;
    try {
      await createObject({ ...writeFor(this.#services(), "ipaddresses", object as KubeObject), name: "" }, object);
      return true;
    } catch (error) {
      if (error instanceof StatusError && error.reason === "AlreadyExists") return false;
      throw error;
    }
  }

  /** Deletes exactly this record, not one that took its place. True when it is gone through this call. */
  async delete({ metadata }: Readonly<IPAddress>): Promise<boolean> {
    const write = writeFor(this.#services(), "ipaddresses", { metadata } as KubeObject);
    const { uid, resourceVersion } = metadata;
    const preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
    try {
      return (await deleteObject(write, { preconditions })).gone;
    } catch (error) {
      if (error instanceof StatusError && (error.reason === "NotFound" || error.reason === "Conflict")) return false;
      throw error;
    }
  }
}
