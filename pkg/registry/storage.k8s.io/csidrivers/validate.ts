/** The rules of CSIDrivers: https://kubernetes-csi.github.io/docs/csi-driver-object.html */

import type { CSIDriver, CSIDriverSpec, TokenRequest } from "#api/types/storage.k8s.io/v1";
import { numericValue } from "#pkg/apimachinery/codec/index.ts";
import {
  duplicate,
  type FieldError,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, oneOf } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";

const tokenSecondsMin = 600;
const tokenSecondsMax = 2 ** 32;
const updateSecondsMin = 10;
const modes = ["Persistent", "Ephemeral"];

export const validateDriver = ({ spec }: Readonly<CSIDriver>): FieldError[] => [...driverSpec("spec", spec ?? {})];

/** `attachedRequired` is what upstream calls the field here. */
export const validateDriverUpdate = ({ spec: next }: Readonly<CSIDriver>, { spec: old }: Readonly<CSIDriver>) => [
  ...immutable("spec.attachedRequired", next.attachRequired, old.attachRequired),
  ...immutable("spec.volumeLifecycleModes", next.volumeLifecycleModes, old.volumeLifecycleModes),
];

function* driverSpec(path: string, spec: CSIDriverSpec): Findings {
  if (spec.attachRequired === undefined) yield required(`${path}.attachedRequired`);
  if (spec.podInfoOnMount === undefined) yield required(`${path}.podInfoOnMount`);
  if (spec.storageCapacity === undefined) yield required(`${path}.storageCapacity`);
  const { fsGroupPolicy: policy, nodeAllocatableUpdatePeriodSeconds: period } = spec;
  if (policy !== undefined) yield* oneOf(`${path}.fsGroupPolicy`, policy, ["File", "None", "ReadWriteOnceWithFSType"]);
  yield* tokenRequests(`${path}.tokenRequests`, spec.tokenRequests ?? []);
  for (const mode of spec.volumeLifecycleModes ?? []) {
    if (!modes.includes(mode)) yield notSupported(`${path}.volumeLifecycleModes`, mode, modes);
  }
  if (spec.seLinuxMount === undefined) yield required(`${path}.seLinuxMount`);
  if (period !== undefined && numericValue(period) < updateSecondsMin) {
    const text = `must be greater than or equal to ${updateSecondsMin} seconds`;
    yield invalid(`${path}.nodeAllocatableUpdatePeriodSeconds`, period, text);
  }
  yield* tokensInSecrets(`${path}.serviceAccountTokenInSecrets`, spec);
}

function* tokenRequests(path: string, requests: readonly TokenRequest[]): Findings {
  const audiences = new Set<string>();
  for (const [at, { audience = "", expirationSeconds: seconds }] of (requests as Partial<TokenRequest>[]).entries()) {
    const here = `${path}[${at}]`;
    if (audiences.has(audience)) {
      yield duplicate(`${here}.audience`, audience);
      continue;
    }
    audiences.add(audience);
    if (seconds === undefined) continue;
    if (numericValue(seconds) < tokenSecondsMin) {
      yield invalid(`${here}.expirationSeconds`, seconds, "may not specify a duration less than 10 minutes");
    }
    if (numericValue(seconds) > tokenSecondsMax) {
      yield invalid(`${here}.expirationSeconds`, seconds, "may not specify a duration larger than 2^32 seconds");
    }
  }
}

function* tokensInSecrets(
  path: string,
  { serviceAccountTokenInSecrets: wanted, tokenRequests: requests }: CSIDriverSpec,
) {
  if (wanted === undefined || requests?.length) return;
  yield invalid(path, wanted, "serviceAccountTokenInSecrets is set but no tokenRequests are specified");
}
