import type { DeviceClaim, ResourceClaim, ResourceClaimTemplate } from "#api/types/resource.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";
import { adminAccessErrors } from "../devices/admin-access.ts";
import { identityText, validateClaimStatus } from "./status.ts";
import {
  validateClaimTemplate,
  validateClaimTemplateUpdate,
  validateClaimUpdate,
  validateNewClaim,
} from "./validate.ts";

function defaultDevices(devices: DeviceClaim | undefined): void {
  for (const request of devices?.requests ?? []) {
    for (const wanted of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (!wanted) continue;
      wanted.allocationMode ||= "ExactCount";
      if (wanted.allocationMode === "ExactCount") wanted.count ||= 1;
      for (const toleration of wanted.tolerations ?? []) toleration.operator ||= "Equal";
    }
  }
}

/** Members of features that are off by default in this version: upstream drops them without a word. */
function dropDisabled(devices: DeviceClaim | undefined): void {
  for (const request of devices?.requests ?? []) {
    for (const wanted of [request.exactly, ...(request.firstAvailable ?? [])]) {
      delete wanted?.tolerations;
      delete wanted?.capacity;
    }
  }
  for (const constraint of devices?.constraints ?? []) delete constraint.distinctAttribute;
}

function dropDisabledStatus({ status }: ResourceClaim): void {
  for (const result of status?.allocation?.devices?.results ?? []) {
    delete result.shareID;
    delete result.consumedCapacity;
    delete result.bindingConditions;
    delete result.bindingFailureConditions;
  }
  for (const device of status?.devices ?? []) delete device.shareID;
}

const allocatedOf = ({ status }: Readonly<ResourceClaim>): Set<string> =>
  new Set((status?.allocation?.devices?.results ?? []).map(identityText));

/** Devices that the claim gave back have no state in it any more. */
function dropDeallocated(claim: ResourceClaim, old: Readonly<ResourceClaim>): void {
  const { status } = claim;
  if (!status?.devices) return;
  const gone = allocatedOf(old).difference(allocatedOf(claim));
  const left = status.devices.filter((device) => !gone.has(identityText(device)));
  if (left.length > 0) status.devices = left;
  else delete status.devices;
}

export const resourceclaims: Strategy<ResourceClaim> = {
  applyDefaults: ({ spec }) => defaultDevices(spec?.devices),
  prepareForCreate(claim) {
    dropDisabled(claim.spec?.devices);
    claim.status = {};
  },
  prepareForUpdate(claim, old) {
    dropDisabled(claim.spec?.devices);
    claim.status = structuredClone(old.status ?? {});
  },
  validateCreate: validateNewClaim,
  validateInNamespace: ({ spec }, labels) => adminAccessErrors(spec?.devices, labels),
  validateUpdate: validateClaimUpdate,
  subresources: {
    status: {
      keepsMetadata: allMetadata,
      prepareForUpdate(claim, old) {
        dropDisabledStatus(claim);
        dropDeallocated(claim, old);
      },
      validateUpdate: validateClaimStatus,
    },
  },
};

export const resourceclaimtemplates: Strategy<ResourceClaimTemplate> = {
  applyDefaults: ({ spec }) => defaultDevices(spec?.spec?.devices),
  prepareForCreate: ({ spec }) => dropDisabled(spec?.spec?.devices),
  prepareForUpdate: ({ spec }) => dropDisabled(spec?.spec?.devices),
  validate: validateClaimTemplate,
  validateInNamespace: ({ spec }, labels) => adminAccessErrors(spec?.spec?.devices, labels),
  validateUpdate: validateClaimTemplateUpdate,
};
