import type { Service } from "#api/types/core/v1";
import { label1035Errors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { allocateService, releaseService } from "./allocate.ts";
import { normalizeClusterIps } from "./cluster-ips.ts";
import { defaultService, needsClusterIp } from "./defaults.ts";
import { prepareServiceUpdate } from "./keep.ts";
import { trafficPolicies, validateService } from "./validate.ts";
import { validateServiceStatus } from "./validate-status.ts";
import { validateServiceUpdate } from "./validate-update.ts";
import { serviceWarnings, statusWarnings } from "./warnings.ts";

export const services: Strategy<Service> = {
  storagePrefix: "services/specs",
  applyDefaults: defaultService,
  prepareForCreate(service) {
    normalizeClusterIps(service, undefined);
    service.status = { loadBalancer: {} };
  },
  dropUnkeptFields({ spec }) {
    const { internalTrafficPolicy: policy } = spec;
    // Upstream keeps it and shows it to nobody. One that is wrong is left for the rules to refuse.
    if (!needsClusterIp(spec) && policy !== undefined && trafficPolicies.includes(policy)) {
      delete spec.internalTrafficPolicy;
    }
  },
  prepareForUpdate: prepareServiceUpdate,
  validateCreate: (service) => validateService(service),
  validateUpdate: validateServiceUpdate,
  warningsOnCreate: serviceWarnings,
  warningsOnUpdate: serviceWarnings,
  validateName: label1035Errors,
  fields: {
    "spec.clusterIP": (service) => service.spec.clusterIP ?? "",
    "spec.type": (service) => service.spec.type ?? "",
  },
  subresources: { status: { validateUpdate: validateServiceStatus, warningsOnUpdate: statusWarnings } },
  allocate: allocateService,
  release: releaseService,
};
