/** What of a namespace a quota counts, and which resources can be counted so. */
import { isQuotaResource } from "../../shared/resource-names.ts";

/** Scopes that a thing is in or not: their selectors have no values. In the order of upstream's text. */
export const scopesWithoutValues: readonly string[] = [
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "CrossNamespacePodAffinity",
];

export const opposites = [
  ["BestEffort", "NotBestEffort"],
  ["Terminating", "NotTerminating"],
] as const;

const ofClasses = ["PriorityClass", "VolumeAttributesClass"];

export const isScope = (scope: string): boolean => scopesWithoutValues.includes(scope) || ofClasses.includes(scope);

const podCounts = new Set(["pods"]);
const podAmounts = new Set(["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"]);
const claimAmounts = new Set(["persistentvolumeclaims", "requests.storage"]);

/** Whether a resource is counted within a scope. Names that are no standard ones are not judged. */
export function fitsScope(scope: string, resource: string): boolean {
  if (!isQuotaResource(resource) || !isScope(scope)) return true;
  if (scope === "VolumeAttributesClass") return claimAmounts.has(resource);
  return (scope === "BestEffort" ? podCounts : podAmounts).has(resource);
}
