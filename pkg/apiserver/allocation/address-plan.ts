/** What is wrong between Services and the records of their addresses. Pure. */
import type { Service } from "#api/types/core/v1";
import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { canonicalAddress } from "#pkg/apimachinery/net/address.ts";
import type { AddressHolder } from "#pkg/registry/strategy.ts";
import { addressLabels, familyNameOf, isHeldBy, isManaged } from "./address-records.ts";

/** A record is older than its Service by the time that a creation takes; a request lasts no longer than this. */
const orphanMsMin = 60_000;

export interface Notice {
  /** The reason and the action of an Event. */
  readonly reason: string;
  readonly action: string;
  readonly text: string;
}

export type AddressRepairStep =
  | { readonly kind: "create"; readonly address: string; readonly holder: AddressHolder; readonly notice?: Notice }
  /** The record as it is says the wrong thing. */
  | { readonly kind: "replace"; readonly record: IPAddress; readonly holder: AddressHolder; readonly notice?: Notice }
  | { readonly kind: "delete"; readonly record: IPAddress; readonly notice: Notice }
  | { readonly kind: "notice"; readonly holder: AddressHolder; readonly notice: Notice };

export interface AddressView {
  service(holder: AddressHolder): Readonly<Service> | undefined;
  record(address: string): Readonly<IPAddress> | undefined;
  /** Whether any range has the address. */
  isInRange(address: string): boolean;
}

/** The addresses that a Service shows, canonical. */
export function addressesOf(service: Readonly<Service> | undefined): string[] {
  if (!service || service.spec?.type === "ExternalName") return [];
  return (service.spec?.clusterIPs ?? []).flatMap((text) => canonicalAddress(text) ?? []);
}

export const holderOf = ({ metadata }: Readonly<Service>): AddressHolder => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name ?? "",
});

const notAllocated = (text: string): Notice => ({
  reason: "ClusterIPNotAllocated",
  action: "ClusterIPAllocation",
  text,
});

/** Every address of a Service has a record that names the Service. */
export function planForService(service: Readonly<Service>, view: AddressView): AddressRepairStep[] {
  return addressesOf(service).flatMap((address) => stepFor(address, holderOf(service), view) ?? []);
}

function stepFor(address: string, holder: AddressHolder, view: AddressView): AddressRepairStep | undefined {
  const shown = `Cluster IP [${familyNameOf(address)}]`;
  if (!view.isInRange(address)) {
    const text = `${shown}: ${address} is not within any configured Service CIDR; please recreate service`;
    return { kind: "notice", holder, notice: { reason: "ClusterIPOutOfRange", action: "ClusterIPAllocation", text } };
  }
  const record = view.record(address);
  if (!record) {
    return {
      kind: "create",
      address,
      holder,
      notice: notAllocated(`${shown}: ${address} is not allocated; repairing`),
    };
  }
  const parent = record.spec?.parentRef;
  if (isHeldBy(parent, holder)) return isLabelled(record) ? undefined : { kind: "replace", record, holder };
  const other = { namespace: parent?.namespace ?? "", name: parent?.name ?? "" };
  const isOthers = isHeldBy(parent, other) && addressesOf(view.service(other)).includes(address);
  if (isOthers) {
    const text = `${shown}:${address} was assigned to multiple services; please recreate service`;
    return {
      kind: "notice",
      holder,
      notice: { reason: "ClusterIPAlreadyAllocated", action: "ClusterIPAllocation", text },
    };
  }
  const service = `Service ${holder.namespace}/${holder.name}`;
  const text = `the ClusterIP [${familyNameOf(address)}]: ${address} for ${service} has a wrong reference; repairing`;
  return { kind: "replace", record, holder, notice: notAllocated(text) };
}

const isLabelled = (record: Readonly<IPAddress>): boolean =>
  isManaged(record) && record.metadata.labels?.[addressLabels.family] === familyNameOf(record.metadata.name ?? "");

/** Every record that the server made belongs to a Service that has the address. */
export function planForRecord(
  record: Readonly<IPAddress>,
  view: AddressView,
  nowMs: number,
): AddressRepairStep | undefined {
  if (!isManaged(record)) return undefined;
  const { metadata, spec } = record;
  const name = metadata.name ?? "";
  const holder = { namespace: spec?.parentRef?.namespace ?? "", name: spec?.parentRef?.name ?? "" };
  const gone = (reason: string, text: string): AddressRepairStep => ({
    kind: "delete",
    record,
    notice: { reason, action: "IPAddressAllocation", text },
  });
  if (!isHeldBy(spec?.parentRef, holder)) {
    return gone(
      "IPAddressNotAllocated",
      `IPAddress ${name} appears to have been modified, not referencing a Service: cleaning up`,
    );
  }
  const service = view.service(holder);
  if (addressesOf(service).includes(name)) return undefined;
  if (nowMs - Date.parse(metadata.creationTimestamp ?? "") < orphanMsMin) return undefined;
  const whose = `IPAddress: ${name} for Service ${holder.namespace}/${holder.name}`;
  return service
    ? gone("IPAddressWrongReference", `${whose} has a wrong reference; cleaning up`)
    : gone("IPAddressNotAllocated", `${whose} appears to have leaked: cleaning up`);
}
