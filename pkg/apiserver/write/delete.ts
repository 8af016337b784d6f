/** Deletes an object, at once or by marking it for its finalizers and its grace period. */

import type { DeleteOptions } from "#api/types/meta/v1";
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { conflict, notFound, objectModified, type StatusError } from "#pkg/apimachinery/status-error.ts";
import { RevisionConflictError, type StoredObject } from "#pkg/storage/types.ts";
import { finalizersFor, hasFinalizers, markDeleted } from "./deletion.ts";
import { strategyContextOf, type WriteRequest } from "./request.ts";

export interface DeleteOutcome {
  /** The last state seen. */
  readonly object: KubeObject;
  /** False: it lives on until its finalizers or its grace period are over. */
  readonly gone: boolean;
}

const roundsMax = 100;

/** `guard` may refuse on each state seen (eviction asks the disruption budgets). */
export async function deleteObject(
  write: WriteRequest,
  options: DeleteOptions,
  guard?: (object: Readonly<KubeObject>) => void,
): Promise<DeleteOutcome> {
  const { resource, namespace, name } = write;
  const key = resource.keyOf(namespace, name);
  let current = await resource.store.get(key, { kind: "any" });
  let fresh = false;
  for (let round = 0; round < roundsMax; round++) {
    if (!current && !fresh) {
      current = await resource.store.get(key, { kind: "latest" });
      fresh = true;
    }
    if (!current) throw notFound(resource.groupResource, name);
    try {
      guard?.(current.object);
      return await attempt(write, key, current, options);
    } catch (error) {
      if (error instanceof RevisionConflictError) {
        current = error.current;
        fresh = true;
      } else if (fresh) throw error;
      else {
        current = await resource.store.get(key, { kind: "latest" });
        fresh = true;
      }
    }
  }
  throw conflict(resource.groupResource, name, objectModified);
}

async function attempt(
  write: WriteRequest,
  key: string,
  current: StoredObject,
  options: DeleteOptions,
): Promise<DeleteOutcome> {
  const { resource, services, dryRun } = write;
  const { object } = current;
  const refused = preconditionError(write, object, options);
  if (refused) throw refused;
  const asked = write.options ? { ...write, options: () => ({ ...options }) } : write;
  const admission = services.admission.request(asked, "DELETE", undefined, object);
  await services.admission.admit(admission);
  await services.admission.validate(admission);
  const grace = resource.strategy.gracePeriodSeconds?.(object, options.gracePeriodSeconds);
  const finalizers = finalizersFor(object, options, resource.strategy.defaultPropagation);
  // Once: who removes one later means it.
  const atDeletion = object.metadata.deletionTimestamp ? [] : (resource.strategy.finalizersOnDelete ?? []);
  for (const finalizer of atDeletion) if (!finalizers.includes(finalizer)) finalizers.push(finalizer);
  const next = cloneJson(object);
  next.metadata.finalizers = [...finalizers];
  const lives = (grace ?? 0) > 0 || hasFinalizers(next);
  if (!lives) {
    if (dryRun) return { object, gone: true };
    const last = await resource.store.delete(key, current.revision);
    await resource.strategy.release?.(last.object, services.allocation);
    return { object: last.object, gone: true };
  }
  markDeleted(next, { graceSeconds: grace ?? 0, finalizers, nowMs: services.clock.now() });
  if (!object.metadata.deletionTimestamp) resource.strategy.prepareForDelete?.(next, object, strategyContextOf(write));
  if (sameJson(next, object)) return { object, gone: false };
  if (dryRun) return { object: next, gone: false };
  const { resourceVersion: _, ...metadata } = next.metadata;
  const stored = await resource.store.update(key, encodeObject({ ...next, metadata }), current.revision);
  return { object: stored.object, gone: false };
}

function preconditionError(
  { resource, name }: WriteRequest,
  { metadata }: Readonly<KubeObject>,
  { preconditions }: DeleteOptions,
): StatusError | undefined {
  const failed = (what: string, wanted: string, found: string | undefined) =>
    conflict(
      resource.groupResource,
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been deleted and then recreated`,
    );
  if (preconditions?.uid && preconditions.uid !== metadata.uid) return failed("UID", preconditions.uid, metadata.uid);
  const wanted = preconditions?.resourceVersion;
  if (wanted && wanted !== metadata.resourceVersion) return failed("ResourceVersion", wanted, metadata.resourceVersion);
  return undefined;
}
