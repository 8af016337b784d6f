/** The addresses of a Service in the cluster and their families. */
import type { ServiceSpec } from "#api/types/core/v1";
import { duplicate, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { familyOf, ipAddress } from "../../shared/addresses.ts";
import { type Findings, oneOf } from "../../shared/findings.ts";

/** One address, or two of different families. `before`: addresses that were good enough once. */
export function* clusterAddresses(spec: ServiceSpec, before: readonly string[] = []): Findings {
  if (spec.type === "ExternalName") return;
  const { clusterIP = "", clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const path = "spec.clusterIPs";
  if (clusterIP !== "") {
    if (clusterIPs.length === 0) yield required(path);
    else if (clusterIPs[0] !== clusterIP) yield invalid(path, clusterIPs, "first value must match `clusterIP`");
  } else if (clusterIPs.length > 0) {
    yield invalid(path, clusterIPs, "must be empty when `clusterIP` is not specified");
  }
  const seen = new Set<string>();
  for (const [at, family] of ipFamilies.entries()) {
    yield* oneOf(`spec.ipFamilies[${at}]`, family, ["IPv4", "IPv6"]);
    if (seen.has(family)) yield duplicate(`spec.ipFamilies[${at}]`, family);
    seen.add(family);
  }
  if (ipFamilyPolicy !== undefined) {
    yield* oneOf("spec.ipFamilyPolicy", ipFamilyPolicy, ["PreferDualStack", "RequireDualStack", "SingleStack"]);
  }
  const wrong = [...listedAddresses(path, clusterIPs, before)];
  yield* wrong;
  if (wrong.length === 0 && clusterIPs[0] !== "None") yield* familiesFit(path, clusterIPs, ipFamilies);
}

function* familiesFit(path: string, addresses: readonly string[], families: readonly string[]): Findings {
  for (const [at, address] of addresses.entries()) {
    const family = `IPv${familyOf(address)}`;
    const expected = families[at];
    if ((expected === "IPv4" || expected === "IPv6") && family !== expected) {
      yield invalid(`${path}[${at}]`, address, `expected an ${expected} value as indicated by \`ipFamilies[${at}]\``);
    }
  }
}

function* listedAddresses(path: string, addresses: readonly string[], before: readonly string[]): Findings {
  let bad = false;
  for (const [at, address] of addresses.entries()) {
    if (at === 0 && address === "None") {
      if (addresses.length > 1) yield invalid(path, addresses, "'None' must be the first and only value");
      bad ||= addresses.length > 1;
      continue;
    }
    if (before.includes(address)) continue;
    if (familyOf(address) === 0) bad = true;
    yield* ipAddress(`${path}[${at}]`, address);
  }
  if (addresses.length > 2) yield invalid(path, addresses, "may only hold up to 2 values");
  if (bad || addresses.length < 2) return;
  if (familyOf(addresses[0] ?? "") === familyOf(addresses[1] ?? "")) {
    yield invalid(path, addresses, "may specify no more than one IP for each IP family");
  }
}
