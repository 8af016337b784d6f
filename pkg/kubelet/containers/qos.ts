/** Quality of service: how requests and limits become a class, cgroup values and an OOM score. Pure. */
import type { Pod, ResourceRequirements } from "#api/types/core/v1";
import { parseQuantity, type Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { hasCriticalPriority, isSidecar } from "../pods/pod.ts";

export type QosClass = "Guaranteed" | "Burstable" | "BestEffort";

const counted = ["cpu", "memory"] as const;

/** The class as upstream computes it: only CPU and memory count, of containers and init containers. */
export function qosOf(pod: Pod): QosClass {
  const { containers, initContainers = [], resources } = pod.spec;
  const all =
    resources?.requests || resources?.limits ? [resources] : [...containers, ...initContainers].map((c) => c.resources);
  let some = false;
  let guaranteed = true;
  for (const requirements of all) {
    for (const resource of counted) {
      const limit = positive(requirements?.limits?.[resource]);
      const request = positive(requirements?.requests?.[resource]) ?? limit;
      if (limit || request) some = true;
      if (!limit || !request || limit.compare(request) !== 0) guaranteed = false;
    }
  }
  if (!some) return "BestEffort";
  return guaranteed ? "Guaranteed" : "Burstable";
}

function positive(text: string | undefined): Quantity | undefined {
  if (text === undefined) return undefined;
  const quantity = parseQuantity(text);
  return quantity.isZero ? undefined : quantity;
}

const cpuPeriodMicros = 100_000;
const quotaMin = 1000;
export const sharesMin = 2;

export interface LinuxLimits {
  readonly cpuPeriod: number;
  readonly cpuShares: number;
  readonly cpuQuota?: number;
  readonly memoryLimitInBytes?: number;
}

export function limitsOf(requirements: ResourceRequirements | undefined): LinuxLimits {
  const request = positive(requirements?.requests?.["cpu"] ?? requirements?.limits?.["cpu"]);
  const limit = positive(requirements?.limits?.["cpu"]);
  const memory = positive(requirements?.limits?.["memory"]);
  const milli = Number(request?.milliValue() ?? 0n);
  return {
    cpuPeriod: cpuPeriodMicros,
    cpuShares: Math.min(262_144, Math.max(sharesMin, Math.floor((milli * 1024) / 1000))),
    ...(limit
      ? { cpuQuota: Math.max(quotaMin, Math.floor((Number(limit.milliValue()) * cpuPeriodMicros) / 1000)) }
      : {}),
    ...(memory ? { memoryLimitInBytes: Number(memory.value()) } : {}),
  };
}

/**
 * The pod's sum: containers and sidecars together, or the largest init container, whichever is more. A limit that one container
 * lacks makes the pod's limit absent.
 */
export function podRequirements(pod: Pod): ResourceRequirements {
  return { requests: aggregate(pod, "requests", {}), limits: aggregate(pod, "limits", {}) };
}

/** What the pod's containers say, as the sandbox's runtime is told: without overhead, and what says nothing counts nothing. */
export function declaredRequirements({ spec, ...pod }: Pod): ResourceRequirements {
  const { overhead: _, ...own } = spec;
  const declared = { ...pod, spec: own };
  return {
    requests: aggregate(declared, "requests", {}),
    limits: aggregate(declared, "limits", { missing: parseQuantity("0") }),
  };
}

type Kind = "requests" | "limits";

/** `missing`: what a limit counts that is not there; absent: then there is no sum. */
interface Counting {
  readonly missing?: Quantity;
}

function aggregate(pod: Pod, kind: Kind, counting: Counting): Record<string, string> {
  const total: Record<string, string> = {};
  for (const resource of counted) {
    const own = pod.spec.resources?.[kind]?.[resource];
    const value = own === undefined ? sumOf(pod, { kind, resource, ...counting }) : parseQuantity(own);
    if (value && !value.isZero) total[resource] = value.toString();
  }
  return total;
}

function sumOf(
  pod: Pod,
  { kind, resource, missing }: Counting & { readonly kind: Kind; readonly resource: string },
): Quantity | undefined {
  const zero = parseQuantity("0");
  const amount = (requirements: ResourceRequirements | undefined): Quantity | undefined => {
    const text =
      requirements?.[kind]?.[resource] ?? (kind === "requests" ? requirements?.limits?.[resource] : undefined);
    return text === undefined ? (kind === "limits" ? missing : zero) : parseQuantity(text);
  };
  const init = pod.spec.initContainers ?? [];
  const together = [...pod.spec.containers, ...init.filter(isSidecar)].map((c) => amount(c.resources));
  if (together.some((value) => value === undefined)) return undefined;
  let total = together.reduce<Quantity>((sum, value) => sum.add(value ?? zero), zero);
  for (const container of init.filter((c) => !isSidecar(c))) {
    const value = amount(container.resources);
    if (!value) return undefined;
    if (value.compare(total) > 0) total = value;
  }
  const overhead = pod.spec.overhead?.[resource];
  return overhead === undefined ? total : total.add(parseQuantity(overhead));
}

/** -997 for guaranteed pods, 1000 for best effort, in between by the share of the node's memory that is requested. */
export function oomScoreOf(pod: Pod, requirements: ResourceRequirements | undefined, memoryCapacity: number): number {
  if (hasCriticalPriority(pod)) return -997;
  const qos = qosOf(pod);
  if (qos === "Guaranteed") return -997;
  if (qos === "BestEffort") return 1000;
  const text = requirements?.requests?.["memory"] ?? requirements?.limits?.["memory"] ?? "0";
  const score = 1000 - Math.floor((1000 * Number(parseQuantity(text).value())) / memoryCapacity);
  return Math.min(999, Math.max(3, score));
}
