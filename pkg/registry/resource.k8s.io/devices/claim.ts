/** The rules of what a claim asks for: https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
import type {
  DeviceClaim,
  DeviceConstraint,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
} from "#api/types/resource.k8s.io/v1";
import { invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";
import { boundedList } from "./bounded.ts";
import { deviceConfiguration } from "./configuration.ts";
import { fullyQualifiedName, type RequestNames, requestReference } from "./names.ts";
import { deviceSelectors } from "./selectors.ts";

const requestsMax = 32;
const alternativesMax = 8;
const constraintsMax = 32;
export const configurationsMax = 32;
const allocationModes = ["All", "ExactCount"];

export const requestNamesOf = ({ requests }: DeviceClaim): RequestNames =>
  new Map(
    (requests ?? []).map(({ name, firstAvailable }) => [
      name ?? "",
      new Set((firstAvailable ?? []).map((alternative) => alternative.name ?? "")),
    ]),
  );

export function* deviceClaim(path: string, claim: DeviceClaim): Findings {
  const names = requestNamesOf(claim);
  yield* boundedList(`${path}.requests`, claim.requests, {
    max: requestsMax,
    rule: deviceRequest,
    key: ({ name }) => name ?? "",
  });
  yield* boundedList(`${path}.constraints`, claim.constraints, {
    max: constraintsMax,
    rule: (at, constraint) => deviceConstraint(at, constraint, names),
  });
  yield* boundedList(`${path}.config`, claim.config, {
    max: configurationsMax,
    *rule(at, config) {
      yield* requestReferences(`${at}.requests`, config.requests, names);
      yield* deviceConfiguration(at, config, { stored: false });
    },
  });
}

/** Names of requests, none twice. */
export const requestReferences = (
  path: string,
  references: readonly string[] | undefined,
  names: RequestNames,
): Findings =>
  boundedList(path, references, {
    max: requestsMax,
    rule: (at, name) => requestReference(at, name, names),
    key: (name) => name,
  });

function* deviceRequest(path: string, { name = "", exactly, firstAvailable }: DeviceRequest): Findings {
  yield* say(`${path}.name`, name, labelErrors(name));
  const hasAlternatives = (firstAvailable?.length ?? 0) > 0;
  const one = "exactly one of `exactly` or `firstAvailable` is required";
  if (exactly && hasAlternatives) yield invalid(path, null, `${one}, but multiple fields are set`);
  else if (exactly) yield* wantedDevices(`${path}.exactly`, exactly);
  else if (hasAlternatives) {
    yield* boundedList(`${path}.firstAvailable`, firstAvailable, {
      max: alternativesMax,
      rule: alternativeRequest,
      key: (alternative) => alternative.name ?? "",
    });
  } else yield required(path, one);
}

function* alternativeRequest(path: string, request: DeviceSubRequest): Findings {
  const { name = "" } = request;
  yield* say(`${path}.name`, name, labelErrors(name));
  yield* wantedDevices(path, request);
}

function* wantedDevices(path: string, request: ExactDeviceRequest | DeviceSubRequest): Findings {
  const { deviceClassName, selectors, count = 0 } = request;
  const mode: string = request.allocationMode ?? "";
  if (!deviceClassName) yield required(`${path}.deviceClassName`);
  else yield* say(`${path}.deviceClassName`, deviceClassName, subdomainErrors(deviceClassName));
  yield* deviceSelectors(`${path}.selectors`, selectors);
  if (mode === "All") {
    if (count !== 0) yield invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (mode === "ExactCount") {
    if (count <= 0) yield invalid(`${path}.count`, count, "must be greater than zero");
  } else yield notSupported(`${path}.allocationMode`, mode, allocationModes);
}

function* deviceConstraint(
  path: string,
  { requests, matchAttribute }: DeviceConstraint,
  names: RequestNames,
): Findings {
  yield* requestReferences(`${path}.requests`, requests, names);
  if (matchAttribute === undefined) yield required(`${path}.matchAttribute`);
  else yield* fullyQualifiedName(`${path}.matchAttribute`, matchAttribute);
}
