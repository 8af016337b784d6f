/** Configurations of admission are never subject to it: nobody could repair one that refuses everything. */
import type { AdmissionRequest } from "../plugin.ts";

const exempt = new Set([
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
]);

export const isExempt = ({ resource: { def } }: AdmissionRequest): boolean =>
  def.group === "admissionregistration.k8s.io" && exempt.has(def.plural);
