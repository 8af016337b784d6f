import type { ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNewServiceCidr, validateServiceCidrUpdate } from "./validate.ts";

export const servicecidrs: Strategy<ServiceCIDR> = {
  writesStatus: true,
  validateCreate: validateNewServiceCidr,
  validateUpdate: validateServiceCidrUpdate,
  subresources: { status: { keepsMetadata: allMetadata } },
};
