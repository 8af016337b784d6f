/** Limits of what a pod may keep on the node's disk. Order, rules and texts are upstream's. Pure. */
import type { Container, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { podUsage } from "#pkg/apimachinery/quota/index.ts";
import type { FileSystemLayout } from "./filesystems.ts";
import { ephemeralStorageOf, type PodUse } from "./pod-use.ts";

/** What the metric of evictions names them by. */
export type LimitSignal = "emptydirfs.limit" | "ephemeralpodfs.limit" | "ephemeralcontainerfs.limit";

export interface LimitViolation {
  readonly signal: LimitSignal;
  readonly message: string;
}

const containerLimit = ({ resources }: Container): string | undefined => resources?.limits?.["ephemeral-storage"];

/** What has to be measured of a pod so that its limits can be told kept. */
export interface LimitedParts {
  /** Names of emptyDir volumes with a limit. */
  readonly emptyDirs: readonly string[];
  /** The pod or one of its containers has a limit: everything counts. */
  readonly storage: boolean;
}

/** Undefined for a pod without limits, which is never measured. */
export function limitedPartsOf(pod: Pod): LimitedParts | undefined {
  const emptyDirs = (pod.spec.volumes ?? []).flatMap(({ name, emptyDir }) =>
    emptyDir?.sizeLimit !== undefined && parseQuantity(emptyDir.sizeLimit).sign > 0 ? [name] : [],
  );
  const storage = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some(
    (container) => containerLimit(container) !== undefined,
  );
  return storage || emptyDirs.length > 0 ? { emptyDirs, storage } : undefined;
}

/** The first limit that the pod exceeds. */
export const limitViolation = (pod: Pod, use: PodUse, layout: FileSystemLayout): LimitViolation | undefined =>
  emptyDirViolation(pod, use) ?? podViolation(pod, use) ?? containerViolation(pod, use, layout);

function emptyDirViolation(pod: Pod, { volumes }: PodUse): LimitViolation | undefined {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const used = volumes.get(name);
    if (!used || emptyDir?.sizeLimit === undefined) continue;
    const limit = parseQuantity(emptyDir.sizeLimit);
    if (limit.sign <= 0 || used.bytes <= limit.toNumber()) continue;
    const message = `Usage of EmptyDir volume ${JSON.stringify(name)} exceeds the limit ${JSON.stringify(limit.toString())}. `;
    return { signal: "emptydirfs.limit", message };
  }
  return undefined;
}

function podViolation(pod: Pod, use: PodUse): LimitViolation | undefined {
  const limit = podUsage({ ...pod, status: {} }, 0).get("limits.ephemeral-storage");
  if (!limit || ephemeralStorageOf(pod, use) <= limit.toNumber()) return undefined;
  const message = `Pod ephemeral local storage usage exceeds the total limit of containers ${limit}. `;
  return { signal: "ephemeralpodfs.limit", message };
}

function containerViolation(pod: Pod, use: PodUse, layout: FileSystemLayout): LimitViolation | undefined {
  for (const { name, logs, rootfs } of use.containers) {
    const container = pod.spec.containers.find((one) => one.name === name);
    const text = container && containerLimit(container);
    const limit = text === undefined ? undefined : parseQuantity(text);
    if (!limit || limit.isZero) continue;
    // Elsewhere than on the node's own disk its layer is not the node's matter.
    const used = (logs?.bytes ?? 0) + (layout === "shared" ? (rootfs?.bytes ?? 0) : 0);
    if (used <= limit.toNumber()) continue;
    const message = `Container ${name} exceeded its local ephemeral storage limit ${JSON.stringify(limit.toString())}. `;
    return { signal: "ephemeralcontainerfs.limit", message };
  }
  return undefined;
}
