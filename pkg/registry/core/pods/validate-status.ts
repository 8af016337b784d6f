/** What may be reported of a pod. */
import type { Pod, PodStatus } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { parseAddress } from "#pkg/apimachinery/net/address.ts";
import { duplicate, type FieldError, forbidden, internal, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { subdomainErrors } from "../../shared/names.ts";

export const validatePodStatus = (next: Readonly<Pod>, old: Readonly<Pod>): FieldError[] => [
  ...conditions(next.status ?? {}),
  ...nomination(next, old),
  ...generation("status.observedGeneration", next.status?.observedGeneration),
  ...immutable("status.qosClass", next.status?.qosClass, old.status?.qosClass, next.status?.qosClass ?? ""),
  ...claims(next),
  ...addresses("podIPs", next.status ?? {}, old.status ?? {}),
  ...hostAddresses(next.status ?? {}, old.status ?? {}),
];

function* generation(path: string, value: number | undefined): Findings {
  if ((value ?? 0) < 0) yield invalid(path, value, "must be a non-negative integer");
}

const systemConditions = new Set(["PodScheduled", "Ready", "Initialized"]);

const conditions = ({ conditions: list }: PodStatus): Findings =>
  each("status.conditions", list, function* (path, { type = "", observedGeneration }) {
    yield* generation(`${path}.observedGeneration`, observedGeneration);
    if (!systemConditions.has(type)) yield* say(`${path}.Type`, type, labelKeyErrors(type));
  });

function* nomination({ status }: Readonly<Pod>, old: Readonly<Pod>): Findings {
  const path = "status.nominatedNodeName";
  const name = status?.nominatedNodeName;
  if (!name || name === old.status?.nominatedNodeName) return;
  yield* say(path, name, subdomainErrors(name));
  if (old.spec.nodeName) yield forbidden(path, "may not be set on pods that are already bound to a node");
}

function* claims({ spec, status }: Readonly<Pod>): Findings {
  const known = new Set((spec.resourceClaims ?? []).map(({ name }) => name));
  const seen = new Set<string>();
  for (const [at, { name, resourceClaimName }] of (status?.resourceClaimStatuses ?? []).entries()) {
    const path = `status.resourceClaimStatuses[${at}].name`;
    if (!known.has(name)) yield invalid(path, name, "must match the name of an entry in `spec.resourceClaims`");
    if (seen.has(name)) yield duplicate(path, name);
    seen.add(name);
    if (resourceClaimName !== undefined) yield* say(path, resourceClaimName, subdomainErrors(resourceClaimName));
  }
}

/** One address of each family; what was reported before may stay as it is. */
function* addresses(list: "podIPs" | "hostIPs", status: PodStatus, old: PodStatus): Findings {
  const path = `status.${list}`;
  const before = new Set((old[list] ?? []).map(({ ip }) => ip));
  const ips = (status[list] ?? []).map(({ ip }) => ip ?? "");
  for (const [at, ip] of ips.entries()) {
    if (before.has(ip) || parseAddress(ip)) continue;
    yield invalid(`${path}[${at}]`, ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
  }
  if (ips.length < 2) return;
  const unknown = ips.findIndex((ip) => !parseAddress(ip));
  if (unknown >= 0) {
    yield internal(path, `failed to check for dual stack with error:invalid IP[${unknown}]: ${ips[unknown]}`);
  }
  const families = new Set(ips.map((ip) => parseAddress(ip)?.family));
  if (unknown >= 0 || ips.length > 2 || families.size < 2) {
    const shown = ips.map((ip) => ({ IP: ip }));
    yield invalid(path, shown, "may specify no more than one IP for each IP family");
  }
}

function* hostAddresses(status: PodStatus, old: PodStatus): Findings {
  const first = status.hostIPs?.[0]?.ip;
  if (!status.hostIPs?.length) return;
  if ((status.hostIP ?? "") !== (first ?? "")) {
    yield invalid("status.hostIPs[0].ip", first ?? "", "must be equal to `hostIP`");
  }
  yield* addresses("hostIPs", status, old);
}
