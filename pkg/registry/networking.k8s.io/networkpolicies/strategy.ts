import type { NetworkPolicy } from "#api/types/networking.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";
import { networkPolicyWarnings, validateNetworkPolicyUpdate, validateNewNetworkPolicy } from "./validate.ts";

export const networkpolicies: Strategy<NetworkPolicy> = {
  hasGeneration: true,
  validateCreate: validateNewNetworkPolicy,
  validateUpdate: validateNetworkPolicyUpdate,
  warningsOnCreate: networkPolicyWarnings,
  warningsOnUpdate: networkPolicyWarnings,
  applyDefaults({ spec }) {
    if (!spec) return;
    if (!spec.policyTypes?.length) {
      spec.policyTypes = (spec.egress ?? []).length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
    }
    const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
    for (const rule of rules) for (const port of rule.ports ?? []) port.protocol ??= "TCP";
  },
};
