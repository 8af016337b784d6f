/** What a pod counts for. https://kubernetes.io/docs/concepts/policy/resource-quotas/ */
import type { Container, Pod, PodSpec, ScopedResourceSelectorRequirement } from "#api/types/core/v1";
import { type Amounts, add, countOf, most, parseAmounts } from "./amounts.ts";

const native = new Set(["cpu", "memory", "ephemeral-storage"]);
const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
const isExtended = (name: string): boolean => name.includes("/") && !name.startsWith("kubernetes.io/");

/** A pod that has ended, or is over its grace period on a node that is gone, counts for nothing. */
export function countsNow({ metadata, status }: Readonly<Pod>, nowMs: number): boolean {
  if (status?.phase === "Succeeded" || status?.phase === "Failed") return false;
  const { deletionTimestamp } = metadata;
  return deletionTimestamp === undefined || Date.parse(deletionTimestamp) > nowMs;
}

type Kind = "requests" | "limits";

function containerAmounts({ resources }: Container, kind: Kind): Amounts {
  const own = parseAmounts(resources?.[kind]);
  // What is limited and not requested is requested as it is limited.
  return kind === "requests" ? new Map([...parseAmounts(resources?.limits), ...own]) : own;
}

/** Containers and sidecars together, or the largest init container with the sidecars before it, whichever is more. */
function podAmounts(spec: Readonly<PodSpec>, kind: Kind): Amounts {
  let together: Amounts = new Map();
  for (const container of spec.containers ?? []) together = add(together, containerAmounts(container, kind));
  let sidecars: Amounts = new Map();
  let starting: Amounts = new Map();
  for (const container of spec.initContainers ?? []) {
    const own = containerAmounts(container, kind);
    if (container.restartPolicy === "Always") {
      sidecars = add(sidecars, own);
      starting = most(starting, sidecars);
    } else starting = most(starting, add(sidecars, own));
  }
  const total = new Map(most(add(together, sidecars), starting));
  for (const [name, amount] of parseAmounts(spec.resources?.[kind])) total.set(name, amount);
  const overhead = parseAmounts(spec.overhead);
  if (kind === "requests") return add(total, overhead);
  return new Map(
    [...total].map(([name, amount]) => [name, overhead.has(name) ? amount.add(overhead.get(name)!) : amount]),
  );
}

export function podUsage(pod: Readonly<Pod>, nowMs: number): Amounts {
  const usage = new Map([["count/pods", countOf(1)]]);
  if (!countsNow(pod, nowMs)) return usage;
  usage.set("pods", countOf(1));
  for (const [name, amount] of podAmounts(pod.spec, "requests")) {
    if (native.has(name)) usage.set(name, amount);
    if (native.has(name) || isHugePages(name) || isExtended(name)) usage.set(`requests.${name}`, amount);
    if (isHugePages(name)) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(pod.spec, "limits")) {
    if (native.has(name) || isHugePages(name)) usage.set(`limits.${name}`, amount);
  }
  return usage;
}

const hasCompute = ({ resources }: Container): boolean =>
  [resources?.requests, resources?.limits].some((amounts) =>
    Object.entries(amounts ?? {}).some(([name, amount]) => (name === "cpu" || name === "memory") && amount !== "0"),
  );

const isBestEffort = ({ spec }: Readonly<Pod>): boolean =>
  ![...(spec.containers ?? []), ...(spec.initContainers ?? [])].some(hasCompute) &&
  !hasCompute({ name: "", resources: spec.resources ?? {} } as Container);

function usesOtherNamespaces({ spec }: Readonly<Pod>): boolean {
  const terms = [spec.affinity?.podAffinity, spec.affinity?.podAntiAffinity].flatMap((affinity) => [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ podAffinityTerm }) => podAffinityTerm),
  ]);
  return terms.some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined);
}

export function matchesScope(
  pod: Readonly<Pod>,
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  switch (scopeName) {
    case "Terminating":
      return pod.spec.activeDeadlineSeconds !== undefined && pod.spec.activeDeadlineSeconds >= 0;
    case "NotTerminating":
      return pod.spec.activeDeadlineSeconds === undefined;
    case "BestEffort":
      return isBestEffort(pod);
    case "NotBestEffort":
      return !isBestEffort(pod);
    case "CrossNamespacePodAffinity":
      return usesOtherNamespaces(pod);
    case "PriorityClass": {
      const name = pod.spec.priorityClassName ?? "";
      if (operator === "Exists") return name !== "";
      if (operator === "DoesNotExist") return name === "";
      return operator === "In" ? name !== "" && values.includes(name) : !values.includes(name);
    }
    default:
      return false;
  }
}

/** Compute resources of a quota that every container must name for itself, so that they can be counted at all. */
export function missingCompute({ spec }: Readonly<Pod>, constrained: ReadonlySet<string>): string[] {
  const missing = new Set<string>();
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const requests = containerAmounts(container, "requests");
    const limits = containerAmounts(container, "limits");
    for (const name of ["cpu", "memory"]) {
      const podRequest = spec.resources?.requests?.[name] !== undefined;
      const podLimit = spec.resources?.limits?.[name] !== undefined;
      if (constrained.has(name) && !requests.has(name) && !podRequest) missing.add(name);
      if (constrained.has(`requests.${name}`) && !requests.has(name) && !podRequest) missing.add(`requests.${name}`);
      if (constrained.has(`limits.${name}`) && !limits.has(name) && !podLimit) missing.add(`limits.${name}`);
    }
  }
  return [...missing].sort();
}
