/** Amounts of resources as plain numbers: CPU in milli-cores, the rest in bytes or counts (all below 2^53). */
import type { Container, Pod, PodSpec } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

export interface Resources {
  cpuMillis: number;
  memoryBytes: number;
  ephemeralBytes: number;
  /** Extended resources and huge pages, by name. */
  readonly scalars: Map<string, number>;
}

export const emptyResources = (): Resources => ({
  cpuMillis: 0,
  memoryBytes: 0,
  ephemeralBytes: 0,
  scalars: new Map(),
});

type Quantities = Readonly<Record<string, string>> | undefined;

/** Quantities repeat endlessly over pods: remember the last few thousand. */
const parsed = new Map<string, number>();
const parsedMax = 4096;

function amountOf(name: string, text: string): number {
  const cacheKey = name === "cpu" ? `m${text}` : text;
  const known = parsed.get(cacheKey);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  const amount = Number(name === "cpu" ? quantity.milliValue() : quantity.value());
  if (parsed.size >= parsedMax) parsed.clear();
  parsed.set(cacheKey, amount);
  return amount;
}

export function resourcesOf(quantities: Quantities): Resources {
  const out = emptyResources();
  for (const [name, text] of Object.entries(quantities ?? {})) setAmount(out, name, amountOf(name, text));
  return out;
}

export function amount(of: Resources, name: string): number {
  if (name === "cpu") return of.cpuMillis;
  if (name === "memory") return of.memoryBytes;
  if (name === "ephemeral-storage") return of.ephemeralBytes;
  return of.scalars.get(name) ?? 0;
}

function setAmount(of: Resources, name: string, value: number): void {
  if (name === "cpu") of.cpuMillis = value;
  else if (name === "memory") of.memoryBytes = value;
  else if (name === "ephemeral-storage") of.ephemeralBytes = value;
  else of.scalars.set(name, value);
}

/** Adds `more` (or with `sign` -1 takes it away) in place. */
export function accumulate(into: Resources, more: Resources, sign: 1 | -1 = 1): void {
  into.cpuMillis += sign * more.cpuMillis;
  into.memoryBytes += sign * more.memoryBytes;
  into.ephemeralBytes += sign * more.ephemeralBytes;
  for (const [name, value] of more.scalars) into.scalars.set(name, (into.scalars.get(name) ?? 0) + sign * value);
}

function raiseTo(into: Resources, other: Resources): void {
  into.cpuMillis = Math.max(into.cpuMillis, other.cpuMillis);
  into.memoryBytes = Math.max(into.memoryBytes, other.memoryBytes);
  into.ephemeralBytes = Math.max(into.ephemeralBytes, other.ephemeralBytes);
  for (const [name, value] of other.scalars) into.scalars.set(name, Math.max(into.scalars.get(name) ?? 0, value));
}

const isSidecar = (container: Container) => container.restartPolicy === "Always";

/**
 * What a pod needs at its most demanding moment: all containers with the sidecars, or one init container with the
 * sidecars started before it, whichever is more; plus overhead. A request at pod level replaces the sum.
 */
export function podRequests(pod: Readonly<Pod>, requestsOf = containerRequests(pod)): Resources {
  const spec: PodSpec = pod.spec;
  const total = emptyResources();
  for (const container of spec.containers) accumulate(total, requestsOf(container));
  const sidecars = emptyResources();
  const initPeak = emptyResources();
  for (const container of spec.initContainers ?? []) {
    const needs = requestsOf(container);
    if (isSidecar(container)) {
      accumulate(sidecars, needs);
      raiseTo(initPeak, sidecars);
    } else {
      const moment = emptyResources();
      accumulate(moment, needs);
      accumulate(moment, sidecars);
      raiseTo(initPeak, moment);
    }
  }
  accumulate(total, sidecars);
  raiseTo(total, initPeak);
  for (const [name, text] of Object.entries(spec.resources?.requests ?? {}))
    setAmount(total, name, amountOf(name, text));
  accumulate(total, resourcesOf(spec.overhead));
  return total;
}

/** A container's requests; while a resize is under way, the larger of what is asked and what is allocated. */
function containerRequests(pod: Readonly<Pod>): (container: Container) => Resources {
  const statuses = new Map(pod.status?.containerStatuses?.map((s) => [s.name, s]));
  return (container) => {
    const wanted = resourcesOf(container.resources?.requests);
    const allocated = statuses.get(container.name)?.allocatedResources;
    if (allocated) raiseTo(wanted, resourcesOf(allocated));
    return wanted;
  };
}

/** Scoring treats a container without requests as if it asked for these, so that such pods spread too. */
const assumedCpuMillis = 100;
const assumedMemoryBytes = 200 * 1024 * 1024;

export function podRequestsForScoring(pod: Readonly<Pod>): Resources {
  return podRequests(pod, (container) => {
    const needs = resourcesOf(container.resources?.requests);
    const asked = container.resources?.requests ?? {};
    if (!Object.hasOwn(asked, "cpu")) needs.cpuMillis = assumedCpuMillis;
    if (!Object.hasOwn(asked, "memory")) needs.memoryBytes = assumedMemoryBytes;
    return needs;
  });
}
