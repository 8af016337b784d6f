/** What of a Service may change: its first address and family stay, a second one may come and go. */
import type { Service, ServiceSpec } from "#api/types/core/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { needsHealthPort } from "./defaults.ts";
import { balancerClass, validateService } from "./validate.ts";

export function validateServiceUpdate(next: Readonly<Service>, old: Readonly<Service>): FieldError[] {
  const [after, before] = [next.spec, old.spec];
  return [
    ...addressesKept(after, before),
    ...familiesKept(after, before),
    ...classKept(after, before),
    // Upstream looks at it here, and again with the rest.
    ...balancerClass(after),
    ...healthPortKept(after, before),
    ...validateService(next, old),
  ];
}

const isExternalName = ({ type }: ServiceSpec): boolean => type === "ExternalName";
const isHeadless = ({ clusterIPs }: ServiceSpec): boolean => clusterIPs?.length === 1 && clusterIPs[0] === "None";

const once = "may not change once set";

function* addressesKept(next: ServiceSpec, old: ServiceSpec): Findings {
  if (isExternalName(next) || isExternalName(old) || (isHeadless(next) && isHeadless(old))) return;
  const path = "spec.clusterIPs";
  const [after, before] = [next.clusterIPs ?? [], old.clusterIPs ?? []];
  if (after.length === before.length) {
    for (const [at, address] of before.entries()) {
      if (address !== after[at]) yield invalid(`${path}[${at}]`, after, once);
    }
    return;
  }
  if (after.length === 0) {
    yield invalid(`${path}[0]`, asSent(next, "clusterIPs"), "primary clusterIP can not be unset");
  } else if (before.length > 0 && after[0] !== before[0]) yield invalid(`${path}[0]`, after, once);
  if (after.length === 1 && before.length > 1) yield* singleStack(next, "clusterIP");
}

/** Headless Services may change their families. */
function* familiesKept(next: ServiceSpec, old: ServiceSpec): Findings {
  if (isExternalName(next) || isExternalName(old) || isHeadless(next) || isHeadless(old)) return;
  const path = "spec.ipFamilies[0]";
  const [after, before] = [next.ipFamilies ?? [], old.ipFamilies ?? []];
  if (after.length === before.length) {
    // All of them are reported at the first.
    for (const [at, family] of before.entries()) if (family !== after[at]) yield invalid(path, after, once);
    return;
  }
  const released = before.length > after.length;
  if (released && !next.clusterIPs?.length) {
    yield invalid(path, asSent(next, "ipFamilies"), "primary ipFamily can not be unset");
  }
  // Upstream shows the addresses here.
  if (after.length > 0 && before.length > 0 && after[0] !== before[0]) {
    yield invalid(path, asSent(next, "clusterIPs"), once);
  }
  if (released && after.length === 1) yield* singleStack(next, "ipFamily");
}

function* singleStack({ ipFamilyPolicy: policy }: ServiceSpec, what: string): Findings {
  if (policy === "SingleStack") return;
  const text = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  yield invalid("spec.ipFamilyPolicy", policy ?? null, text);
}

function* classKept(next: ServiceSpec, old: ServiceSpec): Findings {
  if (old.type !== "LoadBalancer") return;
  const path = "spec.loadBalancerClass";
  if (next.type !== "LoadBalancer" || next.loadBalancerClass === old.loadBalancerClass) return;
  yield invalid(path, next.loadBalancerClass ?? null, once);
}

function* healthPortKept(next: ServiceSpec, old: ServiceSpec): Findings {
  if (!needsHealthPort(next) || !needsHealthPort(old)) return;
  if ((next.healthCheckNodePort ?? 0) === (old.healthCheckNodePort ?? 0)) return;
  yield forbidden("spec.healthCheckNodePort", "field is immutable");
}
