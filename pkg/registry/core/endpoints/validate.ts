/** The rules of Endpoints, which EndpointSlices replace. */
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints } from "#api/types/core/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { type FieldError, required } from "#pkg/apimachinery/validation/field-error.ts";
import { ipAddress, ordinaryAddress } from "../../shared/addresses.ts";
import { each, type Findings, requiredOneOf, say } from "../../shared/findings.ts";
import { dnsLabel, dnsSubdomain, portNumberErrors } from "../../shared/name-forms.ts";
import { sameMeaning } from "../../shared/semantic.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export const validateNewEndpoints = ({ subsets }: Readonly<Endpoints>): FieldError[] => [
  ...each("subsets", subsets, subset),
];

/** Subsets that stay as they are may break newer rules. */
export const validateEndpointsUpdate = (next: Readonly<Endpoints>, old: Readonly<Endpoints>): FieldError[] =>
  sameMeaning(next.subsets, old.subsets) ? [] : validateNewEndpoints(next);

function* subset(path: string, { addresses, notReadyAddresses, ports }: EndpointSubset): Findings {
  if (!addresses?.length && !notReadyAddresses?.length) {
    yield required(path, "must specify `addresses` or `notReadyAddresses`");
  }
  yield* each(`${path}.addresses`, addresses, endpointAddress);
  yield* each(`${path}.notReadyAddresses`, notReadyAddresses, endpointAddress);
  const needsName = (ports?.length ?? 0) > 1;
  yield* each(`${path}.ports`, ports, (here, port) => endpointPort(here, port, needsName));
}

function* endpointAddress(path: string, { ip = "", hostname, nodeName }: EndpointAddress): Findings {
  yield* ipAddress(`${path}.ip`, ip);
  if (hostname) yield* dnsLabel(`${path}.hostname`, hostname);
  if (nodeName !== undefined) yield* dnsSubdomain(`${path}.nodeName`, nodeName);
  yield* ordinaryAddress(`${path}.ip`, ip);
}

function* endpointPort(path: string, { name, port = 0, protocol, appProtocol }: EndpointPort, needsName: boolean) {
  if (name) yield* dnsLabel(`${path}.name`, name);
  else if (needsName) yield required(`${path}.name`);
  yield* say(`${path}.port`, port, portNumberErrors(port));
  yield* requiredOneOf(`${path}.protocol`, protocol, protocols);
  if (appProtocol !== undefined) yield* say(`${path}.appProtocol`, appProtocol, labelKeyErrors(appProtocol));
}
