import type { Service } from "#api/types/core/v1";
import { label1035Errors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { allocateService } from "./allocate.ts";
import { defaultFamilies, defaultService, keepAllocated } from "./defaults.ts";
import { validateService, validateServiceUpdate } from "./validate.ts";

export const services: Strategy<Service> = {
  storagePrefix: "services/specs",
  applyDefaults: defaultService,
  prepareForCreate(service) {
    defaultFamilies(service);
    service.status = { loadBalancer: {} };
  },
  prepareForUpdate: keepAllocated,
  validate: validateService,
  validateUpdate: validateServiceUpdate,
  validateName: label1035Errors,
  fields: {
    "spec.clusterIP": (service) => service.spec.clusterIP ?? "",
    "spec.type": (service) => service.spec.type ?? "",
  },
  allocate: allocateService,
};
