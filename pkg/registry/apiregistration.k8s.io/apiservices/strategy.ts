import type { APIService, APIServiceCondition } from "#api/types/apiregistration.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import { pathSegmentErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { validateApiService, validateApiServiceStatus } from "./validate.ts";

/** What this server serves itself is there at once. */
const locallyAvailable = (now: Date): APIServiceCondition => ({
  type: "Available",
  status: "True",
  lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
  reason: "Local",
  message: "Local APIServices are always available",
});

export const apiservices: Strategy<APIService> = {
  allowUnconditionalUpdate: false,
  validateName: pathSegmentErrors,
  validate: validateApiService,
  applyDefaults({ spec }) {
    if (spec?.service) spec.service.port ??= 443;
  },
  prepareForCreate(service, { now }) {
    service.status = service.spec?.service ? {} : { conditions: [locallyAvailable(now)] };
  },
  subresources: { status: { keepsMetadata: allMetadata, validateUpdate: validateApiServiceStatus } },
};
