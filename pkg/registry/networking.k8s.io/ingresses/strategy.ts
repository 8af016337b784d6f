import type { Ingress } from "#api/types/networking.k8s.io/v1";
import { addressWarnings } from "../../shared/strict-addresses.ts";
import type { Strategy } from "../../strategy.ts";
import { classAnnotation, validateIngressStatus, validateIngressUpdate, validateNewIngress } from "./validate.ts";

export const ingresses: Strategy<Ingress> = {
  hasGeneration: true,
  storagePrefix: "ingress",
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
  },
  validateCreate: validateNewIngress,
  validateUpdate: validateIngressUpdate,
  warningsOnCreate({ metadata, spec }) {
    const isAnnotated = Object.hasOwn(metadata.annotations ?? {}, classAnnotation);
    if (!isAnnotated || spec?.ingressClassName !== undefined) return [];
    return [`annotation "${classAnnotation}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
  subresources: {
    status: {
      validateUpdate: validateIngressStatus,
      warningsOnUpdate: ({ status }) =>
        (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, at) =>
          ip ? addressWarnings(`status.loadBalancer.ingress[${at}]`, ip) : [],
        ),
    },
  },
};
