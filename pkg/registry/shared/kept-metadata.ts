/** What an endpoint that is not for metadata leaves of it as it was. */
import type { ObjectMeta } from "#api/types/meta/v1";

export type KeptMember = "labels" | "annotations" | "finalizers" | "ownerReferences";

/** All that clients may otherwise change. */
export const allMetadata: readonly KeptMember[] = ["labels", "annotations", "finalizers", "ownerReferences"];

/** Changes `next` in place. */
export function keepMetadata(
  next: Partial<ObjectMeta>,
  old: Readonly<Partial<ObjectMeta>>,
  members: readonly KeptMember[],
): void {
  for (const member of members) keepMember(next, old, member);
}

function keepMember<K extends KeptMember>(next: Partial<ObjectMeta>, old: Readonly<Partial<ObjectMeta>>, member: K) {
  const kept = old[member];
  if (kept === undefined) delete next[member];
  else next[member] = structuredClone(kept) as NonNullable<ObjectMeta[K]>;
}
