import type { Service } from "#api/types/core/v1";
import { label1035Errors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { allocateService, releaseService } from "./allocate.ts";
import { normalizeClusterIps } from "./cluster-ips.ts";
import { defaultService } from "./defaults.ts";
import { prepareServiceUpdate } from "./keep.ts";
import { validateService, validateServiceUpdate } from "./validate.ts";

export const services: Strategy<Service> = {
  storagePrefix: "services/specs",
  applyDefaults: defaultService,
  prepareForCreate(service) {
    normalizeClusterIps(service, undefined);
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate: prepareServiceUpdate,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateName: label1035Errors,
  fields: {
    "spec.clusterIP": (service) => service.spec.clusterIP ?? "",
    "spec.type": (service) => service.spec.type ?? "",
  },
  allocate: allocateService,
  release: releaseService,
};
