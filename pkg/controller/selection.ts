/** Which controllers run, by `--controllers`. */
import type { Controller } from "./framework/controller.ts";

/** Names that upstream's older configurations use; kubeadm writes `*,bootstrapsigner,tokencleaner`. */
const aliases = new Map([
  ["attachdetach", "persistentvolume-attach-detach-controller"],
  ["bootstrapsigner", "bootstrap-signer-controller"],
  ["cloud-node-lifecycle", "cloud-node-lifecycle-controller"],
  ["clusterrole-aggregation", "clusterrole-aggregation-controller"],
  ["cronjob", "cronjob-controller"],
  ["csrapproving", "certificatesigningrequest-approving-controller"],
  ["csrcleaner", "certificatesigningrequest-cleaner-controller"],
  ["csrsigning", "certificatesigningrequest-signing-controller"],
  ["daemonset", "daemonset-controller"],
  ["deployment", "deployment-controller"],
  ["disruption", "disruption-controller"],
  ["endpoint", "endpoints-controller"],
  ["endpointslice", "endpointslice-controller"],
  ["endpointslicemirroring", "endpointslice-mirroring-controller"],
  ["ephemeral-volume", "ephemeral-volume-controller"],
  ["garbagecollector", "garbage-collector-controller"],
  ["horizontalpodautoscaling", "horizontal-pod-autoscaler-controller"],
  ["job", "job-controller"],
  ["legacy-service-account-token-cleaner", "legacy-serviceaccount-token-cleaner-controller"],
  ["namespace", "namespace-controller"],
  ["nodeipam", "node-ipam-controller"],
  ["nodelifecycle", "node-lifecycle-controller"],
  ["persistentvolume-binder", "persistentvolume-binder-controller"],
  ["persistentvolume-expander", "persistentvolume-expander-controller"],
  ["podgc", "pod-garbage-collector-controller"],
  ["pv-protection", "persistentvolume-protection-controller"],
  ["pvc-protection", "persistentvolumeclaim-protection-controller"],
  ["replicaset", "replicaset-controller"],
  ["replicationcontroller", "replicationcontroller-controller"],
  ["resource-claim-controller", "resourceclaim-controller"],
  ["resourcequota", "resourcequota-controller"],
  ["root-ca-cert-publisher", "root-ca-certificate-publisher-controller"],
  ["route", "node-route-controller"],
  ["service", "service-lb-controller"],
  ["serviceaccount", "serviceaccount-controller"],
  ["serviceaccount-token", "serviceaccount-token-controller"],
  ["statefulset", "statefulset-controller"],
  ["storage-version-gc", "storageversion-garbage-collector-controller"],
  ["svm", "storage-version-migrator-controller"],
  ["tokencleaner", "token-cleaner-controller"],
  ["ttl", "ttl-controller"],
  ["ttl-after-finished", "ttl-after-finished-controller"],
]);

/** Upstream's controllers that we do not have: naming them is no mistake. */
const elsewhere = new Set([
  "cloud-node-lifecycle-controller",
  "device-taint-eviction-controller",
  "kube-apiserver-serving-clustertrustbundle-publisher-controller",
  "legacy-serviceaccount-token-cleaner-controller",
  "node-route-controller",
  "podcertificaterequest-cleaner-controller",
  "selinux-warning-controller",
  "service-lb-controller",
  "storage-version-migrator-controller",
  "storageversion-garbage-collector-controller",
]);

/**
 * Those that are wanted: `*` all that are on by default, `name` one more, `-name` not this one, by any of its names. The
 * first entry that is about a controller decides. Throws an Error for a name that is none.
 */
export function selectControllers(all: readonly Controller[], wanted: readonly string[]): Controller[] {
  const known = new Set(all.map(({ name }) => name));
  const entries = wanted.map((entry) => {
    const isWanted = !entry.startsWith("-");
    const written = isWanted ? entry : entry.slice(1);
    const name = aliases.get(written) ?? written;
    if (name !== "*" && !known.has(name) && !elsewhere.has(name)) {
      throw new Error(`${JSON.stringify(written)} is not in the list of known controllers`);
    }
    return { name, isWanted };
  });
  const hasStar = entries.some(({ name, isWanted }) => name === "*" && isWanted);
  return all.filter(({ name, isOffByDefault = false }) => {
    const named = entries.find((entry) => entry.name === name);
    return named ? named.isWanted : hasStar && !isOffByDefault;
  });
}
