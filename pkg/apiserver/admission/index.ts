/** The built-in plugins, in the order in which they run. */
import { certificateApproval } from "./certificate-approval/plugin.ts";
import { certificateSigning } from "./certificate-signing/plugin.ts";
import { certificateSubjectRestriction } from "./certificate-subject-restriction/plugin.ts";
import { defaultIngressClass } from "./default-ingress-class/plugin.ts";
import { defaultStorageClass } from "./default-storage-class/plugin.ts";
import { defaultTolerationSeconds } from "./default-toleration-seconds/plugin.ts";
import { limitRanger } from "./limit-ranger/plugin.ts";
import { namespaceLifecycle } from "./namespace-lifecycle/plugin.ts";
import { nodeRestriction } from "./node-restriction/plugin.ts";
import { persistentVolumeClaimResize } from "./persistent-volume-claim-resize/plugin.ts";
import type { AdmissionPlugin, AdmissionPluginFactory, AdmissionServices } from "./plugin.ts";
import { podSecurity } from "./pod-security/plugin.ts";
import { podTopologyLabels } from "./pod-topology-labels/plugin.ts";
import { validatingPolicies } from "./policies/plugin.ts";
import { priority } from "./priority/plugin.ts";
import { resourceQuota } from "./resource-quota/plugin.ts";
import { runtimeClass } from "./runtime-class/plugin.ts";
import { serviceAccount } from "./service-account/plugin.ts";
import { storageObjectInUseProtection } from "./storage-object-in-use-protection/plugin.ts";
import { taintNodesByCondition } from "./taint-nodes-by-condition/plugin.ts";
import { mutatingWebhooks } from "./webhooks/mutating.ts";
import { validatingWebhooks } from "./webhooks/validating.ts";

const builtIn: readonly {
  readonly name: string;
  readonly make: AdmissionPluginFactory;
  readonly byDefault: boolean;
}[] = [
  { name: "NamespaceLifecycle", make: namespaceLifecycle, byDefault: true },
  { name: "LimitRanger", make: limitRanger, byDefault: true },
  { name: "ServiceAccount", make: serviceAccount, byDefault: true },
  { name: "NodeRestriction", make: nodeRestriction, byDefault: false },
  { name: "TaintNodesByCondition", make: taintNodesByCondition, byDefault: true },
  { name: "PodSecurity", make: podSecurity, byDefault: true },
  { name: "Priority", make: priority, byDefault: true },
  { name: "DefaultTolerationSeconds", make: defaultTolerationSeconds, byDefault: true },
  { name: "DefaultStorageClass", make: defaultStorageClass, byDefault: true },
  { name: "StorageObjectInUseProtection", make: storageObjectInUseProtection, byDefault: true },
  { name: "PersistentVolumeClaimResize", make: persistentVolumeClaimResize, byDefault: true },
  { name: "RuntimeClass", make: runtimeClass, byDefault: true },
  { name: "CertificateApproval", make: certificateApproval, byDefault: true },
  { name: "CertificateSigning", make: certificateSigning, byDefault: true },
  { name: "CertificateSubjectRestriction", make: certificateSubjectRestriction, byDefault: true },
  { name: "DefaultIngressClass", make: defaultIngressClass, byDefault: true },
  { name: "PodTopologyLabels", make: podTopologyLabels, byDefault: true },
  { name: "MutatingAdmissionWebhook", make: mutatingWebhooks, byDefault: true },
  { name: "ValidatingAdmissionPolicy", make: validatingPolicies, byDefault: true },
  { name: "ValidatingAdmissionWebhook", make: validatingWebhooks, byDefault: true },
  // The last: what is charged should also be written.
  { name: "ResourceQuota", make: resourceQuota, byDefault: true },
];

/** Upstream's have a configuration; ours would not act on it, so nobody should rely on it. */
const unconfigurable = new Set(["MutatingAdmissionWebhook", "ValidatingAdmissionWebhook", "ResourceQuota"]);

/**
 * The plugins that are on by default or enabled, without the disabled. Unknown names belong to later plugins. Throws for a
 * configuration that is not understood.
 */
export function builtInPlugins(
  services: AdmissionServices,
  { enable, disable }: { enable: readonly string[]; disable: readonly string[] },
): AdmissionPlugin[] {
  return builtIn
    .filter(({ name, byDefault }) => !disable.includes(name) && (byDefault || enable.includes(name)))
    .map(({ name, make }) => {
      if (unconfigurable.has(name) && services.configurationOf(name) !== undefined) {
        throw new Error(`couldn't init admission plugin ${JSON.stringify(name)}: its configuration is not supported`);
      }
      return make(services);
    });
}
