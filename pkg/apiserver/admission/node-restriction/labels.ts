/** The labels in Kubernetes' own domains that a kubelet may set on its node. */

const allowedKeys = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/arch",
  "kubernetes.io/os",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/os",
]);
const allowedDomains = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const restrictedDomains = ["kubernetes.io", "k8s.io"];

const within = (domain: string, parents: readonly string[]): boolean =>
  parents.some((parent) => domain === parent || domain.endsWith(`.${parent}`));

/** Labels that changed and that a kubelet may not change, sorted. */
export function forbiddenLabels(
  next: Readonly<Record<string, string>>,
  old: Readonly<Record<string, string>>,
): string[] {
  const changed = new Set([...Object.keys(next), ...Object.keys(old)].filter((key) => next[key] !== old[key]));
  return [...changed].filter((key) => !mayChange(key)).sort();
}

function mayChange(key: string): boolean {
  const slash = key.indexOf("/");
  if (slash < 0) return true;
  const domain = key.slice(0, slash);
  if (within(domain, ["node-restriction.kubernetes.io"])) return false;
  if (!within(domain, restrictedDomains)) return true;
  return allowedKeys.has(key) || within(domain, allowedDomains);
}
