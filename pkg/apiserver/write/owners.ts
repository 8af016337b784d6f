import type { ObjectMeta, OwnerReference } from "#api/types/meta/v1";

/** Owners that are named twice are named once, and the client is told by their uids. Changes `metadata` in place. */
export function dropRepeatedOwners(metadata: Partial<ObjectMeta>, warn: (text: string) => void): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const once = new Map<string, OwnerReference>();
  const repeated: string[] = [];
  for (const owner of owners) {
    const identity = identityOf(owner);
    if (once.has(identity)) repeated.push(owner.uid);
    else once.set(identity, owner);
  }
  if (repeated.length === 0) return;
  metadata.ownerReferences = [...once.values()];
  warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${repeated.join(", ")}`,
  );
}

const identityOf = ({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: OwnerReference): string =>
  JSON.stringify([apiVersion, kind, name, uid, controller, blockOwnerDeletion]);
