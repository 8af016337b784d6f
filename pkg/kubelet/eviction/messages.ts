/** What an evicted pod, its Event and its annotations say. Texts and keys are upstream's. Pure. */
import type { Container, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { nameOf } from "../pods/pod.ts";
import type { ContainerUse, PodUse } from "./pod-use.ts";
import { formatOf, type Observations, type PressureCondition, resourceOf, type StarvedResource } from "./signals.ts";
import { amountOf, type Threshold, wholeQuantity } from "./thresholds.ts";

export const evictedReason = "Evicted";

export const refusedMessage = (conditions: readonly PressureCondition[]): string =>
  `The node had condition: [${conditions.join(" ")}]. `;

export interface EvictionText {
  readonly message: string;
  /** Of the Event; absent where nothing is known of the pod. */
  readonly annotations: Readonly<Record<string, string>>;
}

export interface EvictionCause {
  readonly resource: StarvedResource;
  readonly thresholds: readonly Threshold[];
  readonly observations: Observations;
}

export function evictionText(pod: Pod, use: PodUse | undefined, cause: EvictionCause): EvictionText {
  const { resource } = cause;
  const low = `The node was low on resource: ${resource}. ${thresholdText(cause)}`;
  if (!use) return { message: low, annotations: {} };
  const whole = podText(pod, use, resource);
  const offenders = use.containers.flatMap((container) => offenderOf(pod, container, resource) ?? []);
  const texts = offenders.map(
    ({ name, used, asked }) =>
      `Container ${name} was using ${used}, request is ${asked}, has larger consumption of ${resource}. `,
  );
  return {
    message: low + (whole?.message ?? "") + texts.join(""),
    annotations: {
      ...whole?.annotations,
      offending_containers: offenders.map(({ name }) => name).join(","),
      offending_containers_usage: offenders.map(({ used }) => used).join(","),
      starved_resource: resource,
    },
  };
}

function thresholdText({ resource, thresholds, observations }: EvictionCause): string {
  for (const { signal, value } of thresholds) {
    const observed = resourceOf(signal) === resource ? observations.get(signal) : undefined;
    if (!observed) continue;
    const available = wholeQuantity(observed.available, formatOf(signal));
    return `Threshold quantity: ${amountOf(value, observed.capacity)}, available: ${available}. `;
  }
  return "";
}

/** For pods that ask for memory as a whole. */
function podText(pod: Pod, use: PodUse, resource: StarvedResource): EvictionText | undefined {
  const asked = pod.spec.resources?.requests?.[resource];
  if (resource !== "memory" || asked === undefined || use.memoryBytes === undefined) return undefined;
  const used = wholeQuantity(use.memoryBytes).toString();
  const message = `Pod ${nameOf(pod)} was using ${used}, request is ${parseQuantity(asked)}, has larger consumption of ${resource}. `;
  return { message, annotations: { offending_pod: nameOf(pod), offending_pod_usage: used } };
}

interface Offender {
  readonly name: string;
  readonly used: string;
  readonly asked: string;
}

/** A container that uses more than it asked for. */
function offenderOf(pod: Pod, use: ContainerUse, resource: StarvedResource): Offender | undefined {
  const all: readonly Container[] = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
  const container = all.find(({ name }) => name === use.name);
  const amount = usedBy(use, resource);
  if (!container || amount === undefined) return undefined;
  const used = wholeQuantity(amount);
  const asked = parseQuantity(container.resources?.requests?.[resource] ?? "0");
  if (used.compare(asked) <= 0) return undefined;
  return { name: use.name, used: used.toString(), asked: asked.toString() };
}

function usedBy({ memoryBytes, rootfs, logs }: ContainerUse, resource: StarvedResource): number | undefined {
  if (resource === "memory") return memoryBytes;
  if (resource !== "ephemeral-storage" || !rootfs || !logs) return undefined;
  return rootfs.bytes + logs.bytes;
}
