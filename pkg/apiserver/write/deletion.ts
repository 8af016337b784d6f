/** When a deletion is complete, and what marks an object as being deleted. Pure. */
import type { DeleteOptions } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { timestamp } from "./request.ts";

const orphan = "orphan";
const foreground = "foregroundDeletion";

/** Namespaces keep a second list of finalizers in their spec. */
export function hasFinalizers(object: Readonly<KubeObject>): boolean {
  if (object.metadata.finalizers?.length) return true;
  if (object.kind !== "Namespace") return false;
  return ((object as { spec?: { finalizers?: string[] } }).spec?.finalizers?.length ?? 0) > 0;
}

/** Whether an update removed what kept a deleted object alive. */
export function isReadyToGo(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  if (!old.metadata.deletionTimestamp || hasFinalizers(next)) return false;
  return (old.metadata.deletionGracePeriodSeconds ?? 0) === 0;
}

/** The finalizers after a deletion with this propagation: the garbage collector's own come and go. */
export function finalizersFor(
  object: Readonly<KubeObject>,
  options: DeleteOptions,
  defaultPropagation: "Background" | "Orphan" | undefined,
): string[] {
  const present = object.metadata.finalizers ?? [];
  const policy = propagationOf(options);
  const others = present.filter((f) => f !== orphan && f !== foreground);
  if (policy === "Orphan") return [...others, orphan];
  if (policy === "Foreground") return [...others, foreground];
  if (policy === "Background") return others;
  if (present.includes(orphan) || present.includes(foreground)) return [...present];
  return defaultPropagation === "Orphan" ? [...present, orphan] : [...present];
}

function propagationOf({ propagationPolicy, orphanDependents }: DeleteOptions): string | undefined {
  if (propagationPolicy) return propagationPolicy;
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? "Orphan" : "Background";
}

export interface DeletionMark {
  readonly graceSeconds: number;
  readonly finalizers: readonly string[];
  readonly nowMs: number;
}

/** Marks `object` (a copy) as being deleted. A deletion that runs already can only become shorter. */
export function markDeleted(object: KubeObject, { graceSeconds, finalizers, nowMs }: DeletionMark): void {
  const { metadata } = object;
  if (finalizers.length > 0) metadata.finalizers = [...finalizers];
  else delete metadata.finalizers;
  const running = metadata.deletionTimestamp;
  const previous = metadata.deletionGracePeriodSeconds ?? 0;
  if (running) {
    if (graceSeconds >= previous) return;
    metadata.deletionTimestamp = timestamp(Date.parse(running) + (graceSeconds - previous) * 1000);
    metadata.deletionGracePeriodSeconds = graceSeconds;
    return;
  }
  metadata.deletionTimestamp = timestamp(nowMs + graceSeconds * 1000);
  metadata.deletionGracePeriodSeconds = graceSeconds;
  // A deletion is a change of what is wanted; objects without generations keep none.
  if (metadata.generation) metadata.generation++;
}
