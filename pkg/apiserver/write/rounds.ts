/** Compare-and-swap in rounds, first on the state at hand, which may be old, then on the latest. */
import { conflict, objectModified } from "#pkg/apimachinery/status-error.ts";
import { EtcdError } from "#pkg/storage/index.ts";
import { RevisionConflictError, type StoredObject } from "#pkg/storage/types.ts";
import type { WriteRequest } from "./request.ts";

/** Each round loses only to another writer's success; this bounds a client that cannot keep up. */
const roundsMax = 100;

/**
 * A refusal of a state that may be old is worth another look at the latest. What etcd has not confirmed is not: it may have
 * been written, and would be written again, over what others made of it since.
 */
const isRefusal = (error: unknown): boolean => !(error instanceof EtcdError);

/**
 * Runs `attempt` until it stands: a write that lost to another's begins again, and a refusal, or an outcome that wrote
 * nothing, counts only about the latest state. Without a state there is no such object, now.
 *
 * Rejects with what the last attempt threw, or 409 "the object has been modified" after too many rounds.
 */
export async function inRounds<T>(
  { resource, namespace, name }: WriteRequest,
  attempt: (current: StoredObject | undefined) => Promise<T>,
  wroteNothing: (outcome: T, current: StoredObject | undefined) => boolean,
): Promise<T> {
  const key = resource.keyOf(namespace, name);
  let current = await resource.store.get(key, { kind: "any" });
  let isLatest = false;
  for (let round = 0; round < roundsMax; round++) {
    if (!current && !isLatest) {
      current = await resource.store.get(key, { kind: "latest" });
      isLatest = true;
    }
    let settle: () => T;
    try {
      const outcome = await attempt(current);
      if (isLatest || !wroteNothing(outcome, current)) return outcome;
      settle = () => outcome;
    } catch (error) {
      if (error instanceof RevisionConflictError) {
        current = error.current;
        isLatest = true;
        continue;
      }
      if (isLatest || !isRefusal(error)) throw error;
      settle = () => {
        throw error;
      };
    }
    const latest: StoredObject | undefined = await resource.store.get(key, { kind: "latest" });
    if (latest?.revision === current?.revision) return settle();
    current = latest;
    isLatest = true;
  }
  throw conflict(resource.groupResource, name, objectModified);
}
