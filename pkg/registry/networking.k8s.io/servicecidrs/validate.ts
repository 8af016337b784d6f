/** The rules of ServiceCIDRs: one range, or one of each family; a second one may be added later. */
import type { ServiceCIDR, ServiceCIDRSpec } from "#api/types/networking.k8s.io/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { readRange } from "#pkg/apimachinery/net/range.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "../../shared/findings.ts";
import { fixed } from "../../shared/immutable.ts";
import { strictRange } from "../../shared/strict-addresses.ts";

const path = "spec.cidrs";

export const validateNewServiceCidr = ({ spec }: Readonly<ServiceCIDR>): FieldError[] => [...ranges(spec ?? {})];

function* ranges({ cidrs = [] }: ServiceCIDRSpec): Findings {
  if (cidrs.length === 0) {
    yield required(path, "at least one CIDR required");
    return;
  }
  if (cidrs.length > 2) {
    yield invalid(path, { CIDRs: cidrs }, "may only hold up to 2 values");
    return;
  }
  yield* each(path, cidrs, (here, text) => strictRange(here, text ?? ""));
  const [first, second] = cidrs.map((text) => readRange(text ?? "")?.family);
  if (first === undefined || first !== second) return;
  const text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64";
  yield invalid(path, cidrs, text);
}

export const validateServiceCidrUpdate = (next: Readonly<ServiceCIDR>, old: Readonly<ServiceCIDR>): FieldError[] => [
  ...change(next.spec ?? {}, old.spec ?? {}),
];

function* change(spec: ServiceCIDRSpec, { cidrs: before = [] }: ServiceCIDRSpec): Findings {
  const cidrs = spec.cidrs ?? [];
  const becomesDual = before.length === 1 && cidrs.length === 2;
  if (before.length !== cidrs.length && !becomesDual) {
    yield fixed(path, asSent(spec, "cidrs"));
    return;
  }
  for (const [at, text] of before.entries()) if (text !== cidrs[at]) yield fixed(`${path}[${at}]`, cidrs[at] ?? "");
  if (becomesDual) yield* ranges(spec);
}
