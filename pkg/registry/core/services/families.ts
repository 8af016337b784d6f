/**
 * Which families of addresses a Service has: as it says, as its addresses tell, or as the cluster does by default.
 * https://kubernetes.io/docs/concepts/services-networking/dual-stack/
 */
import type { Service, ServiceSpec } from "#api/types/core/v1";
import { parseAddress } from "#pkg/apimachinery/net/address.ts";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import type { IpFamily } from "../../strategy.ts";

const path = { policy: "spec.ipFamilyPolicy", families: "spec.ipFamilies", addresses: "spec.clusterIPs" } as const;

export const isHeadless = ({ clusterIPs, clusterIP }: ServiceSpec): boolean =>
  (clusterIPs?.[0] ?? clusterIP) === "None";

export const familyOfAddress = (text: string): IpFamily => (parseAddress(text)?.family === 6 ? "IPv6" : "IPv4");

const otherFamily = (family: string): IpFamily => (family === "IPv4" ? "IPv6" : "IPv4");

/** Without selector nobody knows where its endpoints are: such a headless Service has both families, on any cluster. */
const isFree = (spec: ServiceSpec): boolean => isHeadless(spec) && Object.keys(spec.selector ?? {}).length === 0;

/**
 * What prefers two families and does not change them stays as it is, whatever the cluster has become since.
 * Then its addresses are left alone too.
 */
export function keepsFamilies({ spec }: Readonly<Service>, old: Readonly<Service> | undefined): boolean {
  if (!old || spec.ipFamilyPolicy !== "PreferDualStack" || spec.type !== old.spec.type) return false;
  if (spec.type === "ExternalName" || (old.spec.ipFamilyPolicy ?? "PreferDualStack") !== "PreferDualStack")
    return false;
  return sameMeaning(spec.clusterIPs, old.spec.clusterIPs) && sameMeaning(spec.ipFamilies, old.spec.ipFamilies);
}

/** Fills in policy and families in place. Returns what is wrong; nothing can be allocated then. */
export function initFamilies(
  service: Service,
  old: Readonly<Service> | undefined,
  configured: readonly IpFamily[],
): FieldError[] {
  const { spec } = service;
  if (spec.type === "ExternalName" || keepsFamilies(service, old)) return [];
  spec.ipFamilyPolicy ??= old?.spec.ipFamilyPolicy ?? (isFree(spec) ? "RequireDualStack" : "SingleStack");
  const errors = [...(old ? reduce(spec, old.spec) : []), ...tooMany(spec), ...inferFamilies(spec, configured)];
  if (errors.length > 0) return errors;
  if (isFree(spec)) {
    completeFamilies(spec, configured, true);
    return [];
  }
  errors.push(...unconfigured(spec, configured));
  if (errors.length === 0) completeFamilies(spec, configured, configured.length === 2);
  return errors;
}

/** Asking for one family only is enough to give back the other. */
function reduce(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  const fewer = (next: readonly string[] | undefined, before: readonly string[] | undefined): boolean =>
    (next?.length ?? 0) > 0 && (next?.length ?? 0) < (before?.length ?? 0);
  if (spec.ipFamilyPolicy === "SingleStack") {
    if (sameMeaning(spec.clusterIPs, old.clusterIPs)) cutToFirst(spec.clusterIPs);
    if (sameMeaning(spec.ipFamilies, old.ipFamilies)) cutToFirst(spec.ipFamilies);
    return [];
  }
  const wrong = (what: string) =>
    invalid(path.policy, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`);
  return [
    ...(fewer(spec.clusterIPs, old.clusterIPs) ? [wrong("cluster IP")] : []),
    ...(fewer(spec.ipFamilies, old.ipFamilies) ? [wrong("IP family")] : []),
  ];
}

function cutToFirst(list: string[] | undefined): void {
  if (list && list.length > 1) list.length = 1;
}

function tooMany({ ipFamilyPolicy: policy, clusterIPs, ipFamilies }: ServiceSpec): FieldError[] {
  if (policy !== "SingleStack") return [];
  const wrong = (what: string) =>
    invalid(path.policy, policy, `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`);
  return [
    ...(clusterIPs?.length === 2 ? [wrong("cluster IPs")] : []),
    ...(ipFamilies?.length === 2 ? [wrong("IP families")] : []),
  ];
}

/** Addresses tell their families. */
function inferFamilies(spec: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  if (isHeadless(spec)) return [];
  const errors: FieldError[] = [];
  const families = spec.ipFamilies ?? [];
  for (const [at, address] of (spec.clusterIPs ?? []).entries()) {
    if (at < families.length) continue;
    const family = familyOfAddress(address);
    if (configured.includes(family)) families.push(family);
    else
      errors.push(invalid(`${path.addresses}[${at}]`, spec.clusterIPs, `${family} is not configured on this cluster`));
  }
  if (families.length > 0) spec.ipFamilies = families;
  return errors;
}

function unconfigured({ ipFamilyPolicy, ipFamilies }: ServiceSpec, configured: readonly IpFamily[]): FieldError[] {
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === "RequireDualStack" && configured.length < 2) {
    errors.push(invalid(path.policy, ipFamilyPolicy, "this cluster is not configured for dual-stack services"));
  }
  for (const [at, family] of (ipFamilies ?? []).entries()) {
    if (!(configured as readonly string[]).includes(family)) {
      errors.push(invalid(`${path.families}[${at}]`, family, "not configured on this cluster"));
    }
  }
  return errors;
}

function completeFamilies(spec: ServiceSpec, configured: readonly IpFamily[], canHaveBoth: boolean): void {
  const families = spec.ipFamilies?.length ? spec.ipFamilies : [configured[0] ?? "IPv4"];
  if (spec.ipFamilyPolicy !== "SingleStack" && families.length === 1 && canHaveBoth) {
    families.push(otherFamily(families[0] as string));
  }
  spec.ipFamilies = families;
}
