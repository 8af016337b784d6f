/** Takes the cluster addresses that a Service asks for, or free ones, and knows which it no longer has. */
import type { Service } from "#api/types/core/v1";
import { canonicalAddress } from "#pkg/apimachinery/net/address.ts";
import { invalidObject, StatusError } from "#pkg/apimachinery/status-error.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { AddressAllocator, AddressHolder, IpFamily } from "../../strategy.ts";
import { RangeFullError } from "../../strategy.ts";
import { isHeadless, keepsFamilies } from "./families.ts";

/** The two fields say the same; a client that knows only the old one means both. */
export function normalizeClusterIps({ spec }: Service, old: Readonly<Service> | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const before = old.spec.clusterIPs ?? [];
  const isListKept = JSON.stringify(spec.clusterIPs ?? []) === JSON.stringify(before);
  if (before.length > 0 && !spec.clusterIPs?.length && spec.clusterIP === old.spec.clusterIP)
    spec.clusterIPs = [...before];
  if ((spec.clusterIP ?? "") === (old.spec.clusterIP ?? "") || !isListKept) return;
  if (spec.clusterIP) spec.clusterIPs = [spec.clusterIP];
  else delete spec.clusterIPs;
}

export const holderOf = ({ metadata }: Readonly<Service>): AddressHolder => ({
  namespace: metadata.namespace ?? "",
  name: metadata.name ?? "",
});

/** The addresses that a Service has of its own. */
export function heldAddresses({ spec }: Readonly<Service>): string[] {
  if (spec.type === "ExternalName" || isHeadless(spec)) return [];
  const listed = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return listed.flatMap((text) => canonicalAddress(text) ?? []);
}

export interface AddressUse {
  readonly allocator: AddressAllocator;
  readonly dryRun: boolean;
}

/** Fills in `clusterIPs`; what was taken is added to `taken` as it is, so that a failure half way can give it back. */
export async function takeClusterIps(
  service: Service,
  old: Readonly<Service> | undefined,
  use: AddressUse,
  taken: string[],
): Promise<void> {
  const { spec } = service;
  if (spec.type === "ExternalName" || isHeadless(spec) || keepsFamilies(service, old)) return;
  const families = (spec.ipFamilies ?? []) as IpFamily[];
  const from = firstToTake(families, old);
  if (from === families.length) return;
  const addresses = families.map((_, at) => spec.clusterIPs?.[at] ?? "");
  spec.clusterIPs = addresses;
  for (const [at, family] of families.entries()) {
    if (at >= from) addresses[at] = await takeOne(service, family, addresses[at] ?? "", use, taken);
  }
  spec.clusterIP = addresses[0] as string;
}

/** What a Service has it keeps: only a second family, or a Service that had no addresses at all, needs any. */
function firstToTake(families: readonly IpFamily[], old: Readonly<Service> | undefined): number {
  if (!old || old.spec.type === "ExternalName") return 0;
  if (isHeadless(old.spec)) return families.length;
  return old.spec.ipFamilies?.length === 1 && families.length === 2 ? 1 : families.length;
}

async function takeOne(
  service: Service,
  family: IpFamily,
  wanted: string,
  { allocator, dryRun }: AddressUse,
  taken: string[],
): Promise<string> {
  const canonical = canonicalAddress(wanted);
  try {
    const request = { family, holder: holderOf(service), dryRun, ...(canonical ? { wanted: canonical } : {}) };
    const { address, adopted } = await allocator.allocate(request);
    if (!dryRun && !adopted) taken.push(address);
    return wanted || address;
  } catch (error) {
    if (error instanceof StatusError) throw error;
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof RangeFullError) throw StatusError.from(new Error(`failed to allocate a serviceIP: ${text}`));
    const why = wanted ? `failed to allocate IP ${wanted}: ${text}` : `failed to allocate IP: ${text}`;
    throw invalidObject({ group: "", kind: "Service" }, service.metadata.name ?? "", [
      invalid("spec.clusterIPs", service.spec.clusterIPs, why),
    ]);
  }
}
