/**
 * Whether this node can run a pod beside those that it runs: the scheduler has looked before, but pods may come without it
 * (`nodeName`, static pods), and two schedulers may choose at the same time. Reasons and texts are upstream's.
 */
import type { ContainerPort, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { podUsage } from "#pkg/apimachinery/quota/index.ts";
import { containersOf, hasCriticalPriority, isSidecar } from "../pods/pod.ts";

export interface Refusal {
  readonly reason: string;
  readonly message: string;
}

export interface Occupied {
  /** Those that were admitted and have not ended. */
  readonly pods: readonly Pod[];
  readonly allocatable: Readonly<Record<string, string>>;
}

/** Processor time is counted in thousandths; a thousandth of one of these is no more than the error of binary fractions. */
const unitsOf = (name: string, amount: { toNumber(): number }): number =>
  Math.ceil(Number((amount.toNumber() * (name === "cpu" ? 1000 : 1)).toFixed(3)));

function requestOf(pod: Readonly<Pod>, name: string): number {
  // A phase that says that the pod has ended is of an earlier look: whoever asks knows better.
  const usage = podUsage({ ...pod, metadata: { name: "" }, status: {} }, 0);
  const amount = usage.get(name) ?? usage.get(`requests.${name}`);
  return amount ? unitsOf(name, amount) : 0;
}

function missingResource(pod: Readonly<Pod>, { pods, allocatable }: Occupied): Refusal | undefined {
  const names = ["pods", ...Object.keys(allocatable).filter((name) => name !== "pods")];
  for (const name of names) {
    if (!Object.hasOwn(allocatable, name)) continue;
    const requested = requestOf(pod, name);
    if (requested === 0) continue;
    const used = pods.reduce((sum, other) => sum + requestOf(other, name), 0);
    const capacity = unitsOf(name, parseQuantity(allocatable[name] ?? "0"));
    if (used + requested <= capacity) continue;
    const numbers = `requested: ${requested}, used: ${used}, capacity: ${capacity}`;
    return { reason: `OutOf${name}`, message: `Node didn't have enough resource: ${name}, ${numbers}` };
  }
  return undefined;
}

const isAny = (ip: string | undefined): boolean => ip === undefined || ip === "" || ip === "0.0.0.0" || ip === "::";

const hostPorts = (pod: Readonly<Pod>): ContainerPort[] =>
  containersOf(pod)
    .filter(({ kind, container }) => kind === "regular" || (kind === "init" && isSidecar(container)))
    .flatMap(({ container }) => container.ports ?? [])
    .filter(({ hostPort }) => (hostPort ?? 0) > 0);

const clash = (a: ContainerPort, b: ContainerPort): boolean =>
  a.hostPort === b.hostPort &&
  (a.protocol ?? "TCP") === (b.protocol ?? "TCP") &&
  (isAny(a.hostIP) || isAny(b.hostIP) || a.hostIP === b.hostIP);

function takenPort(pod: Readonly<Pod>, { pods }: Occupied): Refusal | undefined {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const taken = pods.flatMap(hostPorts);
  if (!wanted.some((port) => taken.some((other) => clash(port, other)))) return undefined;
  const why = "node(s) didn't have free ports for the requested pod ports";
  return { reason: "NodePorts", message: `Predicate NodePorts failed: ${why}` };
}

const osLabel = "kubernetes.io/os";

/** Whether the pod is for another operating system than Linux, which nodes here have. */
function otherSystem({ spec }: Readonly<Pod>): Refusal | undefined {
  if ((spec.nodeSelector?.[osLabel] ?? "linux") !== "linux") {
    const message = `Failed to admit pod as the \`${osLabel}\` label doesn't match node label`;
    return { reason: "PodOSSelectorNodeLabelDoesNotMatch", message };
  }
  if ((spec.os?.name ?? "linux") === "linux") return undefined;
  return { reason: "PodOSNotSupported", message: "Failed to admit pod as the OS field doesn't match node OS" };
}

/** Pure; the first reason counts. For the critical others make room: a want of resources is no reason to refuse them. */
export const refusalOf = (pod: Readonly<Pod>, occupied: Occupied): Refusal | undefined =>
  otherSystem(pod) ??
  (hasCriticalPriority(pod) ? undefined : missingResource(pod, occupied)) ??
  takenPort(pod, occupied);
