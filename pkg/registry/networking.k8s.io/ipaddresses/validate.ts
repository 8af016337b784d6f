/** The rules of IPAddresses: who holds an address is said once, and stays. */
import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { type FieldError, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { dnsSubdomain } from "../../shared/name-forms.ts";
import { pathSegmentErrors } from "../../shared/names.ts";
import { pathSegment } from "../typed-reference.ts";

export const validateIpAddress = (address: Readonly<IPAddress>): FieldError[] => [...parentReference(address)];

function* parentReference({ spec }: Readonly<IPAddress>): Findings {
  const parent = spec?.parentRef;
  const path = "spec.parentRef";
  if (!parent) {
    yield required(path);
    return;
  }
  const { group, resource, name, namespace } = parent;
  if (group) yield* dnsSubdomain(`${path}.group`, group);
  yield* pathSegment(`${path}.resource`, resource);
  yield* pathSegment(`${path}.name`, name);
  if (namespace) yield* say(`${path}.namespace`, namespace, pathSegmentErrors(namespace));
}

export function validateIpAddressUpdate({ spec }: Readonly<IPAddress>, old: Readonly<IPAddress>): FieldError[] {
  const next = internalForm(spec?.parentRef, "ParentReference");
  return [...immutable("spec.parentRef", next, internalForm(old.spec?.parentRef, "ParentReference"))];
}
