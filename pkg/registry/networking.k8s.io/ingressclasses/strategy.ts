import type { IngressClass } from "#api/types/networking.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";
import { validateIngressClassUpdate, validateNewIngressClass } from "./validate.ts";

export const ingressclasses: Strategy<IngressClass> = {
  hasGeneration: true,
  validateCreate: validateNewIngressClass,
  validateUpdate: validateIngressClassUpdate,
  applyDefaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= "Cluster";
  },
};
