/** What a load balancer may say of itself. */
import type { LoadBalancerIngress, Service } from "#api/types/core/v1";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { familyOf, ipAddress } from "../../shared/addresses.ts";
import { each, type Findings, oneOf } from "../../shared/findings.ts";
import { dnsSubdomain } from "../../shared/name-forms.ts";

export function validateServiceStatus({ spec, status }: Readonly<Service>, old: Readonly<Service>): FieldError[] {
  const ingress = status?.loadBalancer?.ingress ?? [];
  const path = "status.loadBalancer.ingress";
  if (spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const before = new Set((old.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip));
  return [...each(path, ingress, (here, one) => entry(here, one, before))];
}

function* entry(path: string, one: LoadBalancerIngress, before: ReadonlySet<string | undefined>): Findings {
  const { ip, ipMode, hostname } = one;
  if (ip && !before.has(ip)) yield* ipAddress(`${path}.ip`, ip);
  if (ipMode === undefined) {
    if (ip) yield required(`${path}.ipMode`, "must be specified when `ip` is set");
  } else if (!ip) yield forbidden(`${path}.ipMode`, "may not be specified when `ip` is not set");
  else yield* oneOf(`${path}.ipMode`, ipMode, ["Proxy", "VIP"]);
  if (!hostname) return;
  yield* dnsSubdomain(`${path}.hostname`, hostname);
  if (familyOf(hostname) !== 0) yield invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address");
}
