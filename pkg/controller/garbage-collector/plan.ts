/** What becomes of an object, given what became of its owners. Pure. */
import type { OwnerReference } from "#api/types/meta/v1";

/** An owner is there, is going and waits for its dependents, or does not exist. */
export type OwnerState = "solid" | "waiting" | "absent";

export type Fate =
  | { readonly kind: "keep" }
  /** Somebody still wants it: only the references to the others go. */
  | { readonly kind: "drop"; readonly uids: readonly string[] }
  | { readonly kind: "delete"; readonly policy: "Foreground" | "Background" };

export function fateOf(
  owners: readonly OwnerReference[],
  stateOf: (owner: OwnerReference) => OwnerState,
  hasDependents: boolean,
): Fate {
  if (owners.length === 0) return { kind: "keep" };
  const states = owners.map((owner) => ({ owner, state: stateOf(owner) }));
  const gone = states.filter(({ state }) => state !== "solid");
  if (gone.length === 0) return { kind: "keep" };
  if (gone.length < states.length) return { kind: "drop", uids: gone.map(({ owner }) => owner.uid) };
  const waiting = states.some(({ state }) => state === "waiting");
  return { kind: "delete", policy: waiting && hasDependents ? "Foreground" : "Background" };
}
