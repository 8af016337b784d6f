import type { DeviceClaim, ResourceClaim, ResourceClaimTemplate } from "#api/types/resource.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";

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

export const resourceclaims: Strategy<ResourceClaim> = {
  applyDefaults: ({ spec }) => defaultDevices(spec.devices),
  prepareForCreate(claim) {
    claim.status = {};
  },
  prepareForUpdate(claim, old) {
    claim.status = structuredClone(old.status ?? {});
  },
  subresources: { status: { keepsMetadata: allMetadata } },
};

export const resourceclaimtemplates: Strategy<ResourceClaimTemplate> = {
  applyDefaults: ({ spec }) => defaultDevices(spec.spec?.devices),
};
