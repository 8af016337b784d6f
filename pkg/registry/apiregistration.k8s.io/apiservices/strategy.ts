import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";

export const apiservices: Strategy<APIService> = {
  validateName: pathSegmentErrors,
  applyDefaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(service) {
    service.status = {};
  },
  subresources: { status: { keepsMetadata: allMetadata } },
};
