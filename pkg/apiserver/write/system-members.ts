/** Members of metadata that the server fills in, whether a client sends them or not. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";

type Metadata = KubeObject["metadata"];

export type SystemMember = "uid" | "creationTimestamp" | "generation" | "generateName";

const all: readonly SystemMember[] = ["uid", "creationTimestamp", "generation", "generateName"];
const none: readonly SystemMember[] = [];

/** Of a new object, whoever made it. */
export const newObjectMembers: readonly SystemMember[] = ["uid", "creationTimestamp"];

/** Those that the client did not send. */
export function absentMembers(metadata: Readonly<Metadata>): readonly SystemMember[] {
  // Patched objects have all that they had.
  if (metadata.uid !== undefined && metadata.creationTimestamp !== undefined) return none;
  return all.filter((name) => metadata[name] === undefined);
}

/** A copy without them. */
export function withoutMembers(metadata: Readonly<Metadata>, names: readonly SystemMember[]): Metadata {
  const copy = { ...metadata };
  for (const name of names) delete copy[name];
  return copy;
}

/** Puts back what they were. */
export function restoreMembers(metadata: Metadata, before: Readonly<Metadata>, names: readonly SystemMember[]): void {
  for (const name of names) {
    if (before[name] === undefined) delete metadata[name];
    else Object.assign(metadata, { [name]: before[name] });
  }
}
