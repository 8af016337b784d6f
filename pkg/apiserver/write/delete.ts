/** Deletes an object, at once or by marking it for its finalizers and its grace period. */

import type { DeleteOptions } from "#api/types/meta/v1";
import { encodeObject } from "#pkg/apimachinery/codec/index.ts";
import { cloneJson, sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { conflict, notFound, type StatusError } from "#pkg/apimachinery/status-error.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import { finalizersFor, hasFinalizers, markDeleted } from "./deletion.ts";
import { strategyContextOf, type WriteRequest } from "./request.ts";
import { inRounds } from "./rounds.ts";

export interface DeleteOutcome {
  /** The last state seen. */
  readonly object: KubeObject;
  /** False: it lives on until its finalizers or its grace period are over. */
  readonly gone: boolean;
}

/** What this deletion has written: the object with its mark, which somebody else may end before we do. */
interface Progress {
  marked?: KubeObject;
}

/** `guard` may refuse on each state seen (eviction asks the disruption budgets). */
export function deleteObject(
  write: WriteRequest,
  options: DeleteOptions,
  guard?: (object: Readonly<KubeObject>) => void,
): Promise<DeleteOutcome> {
  const progress: Progress = {};
  const attempt = (current: StoredObject | undefined): Promise<DeleteOutcome> => {
    const { marked } = progress;
    // A kubelet that saw the mark was faster: it is gone as it was asked to be, whatever has its name now.
    if (marked && current?.object.metadata.uid !== marked.metadata.uid) {
      return Promise.resolve({ object: marked, gone: true });
    }
    if (!current) throw notFound(write.resource.groupResource, write.name);
    guard?.(current.object);
    return end(write, current, { options, progress });
  };
  return inRounds(write, attempt, ({ object }, current) => object === current?.object);
}

async function end(
  write: WriteRequest,
  current: StoredObject,
  { options, progress }: { readonly options: DeleteOptions; readonly progress: Progress },
): Promise<DeleteOutcome> {
  const { resource, services, dryRun } = write;
  const key = resource.keyOf(write.namespace, write.name);
  const { object } = current;
  const refused = preconditionError(write, object, options);
  if (refused) throw refused;
  if (!write.admitted) await admitDeletion(write, object, options);
  const grace = resource.strategy.gracePeriodSeconds?.(object, options.gracePeriodSeconds);
  const finalizers = finalizersFor(object, options, resource.strategy.defaultPropagation);
  // Once: who removes one later means it.
  const atDeletion = object.metadata.deletionTimestamp ? [] : (resource.strategy.finalizersOnDelete ?? []);
  for (const finalizer of atDeletion) if (!finalizers.includes(finalizer)) finalizers.push(finalizer);
  const lives = (grace ?? 0) > 0 || hasFinalizers({ ...object, metadata: { ...object.metadata, finalizers } });
  if (!lives) {
    const marked = grace === undefined ? undefined : markedAtOnce(write, object);
    if (dryRun) return { object: marked ?? object, gone: true };
    const before = marked ? await store(write, key, marked, current.revision) : current;
    if (marked) progress.marked = withRevision(marked, before.revision);
    const last = await resource.store.delete(key, before.revision);
    // What its bytes say, without reading them again.
    const gone = withRevision(marked ?? object, last.revision);
    await resource.strategy.release?.(gone, services.allocation);
    return { object: gone, gone: true };
  }
  const next = cloneJson(object);
  markDeleted(next, { graceSeconds: grace ?? 0, finalizers, nowMs: services.clock.now() });
  if (!object.metadata.deletionTimestamp) resource.strategy.prepareForDelete?.(next, object, strategyContextOf(write));
  if (sameJson(next, object)) return { object, gone: false };
  if (dryRun) return { object: next, gone: false };
  const stored = await store(write, key, next, current.revision);
  return { object: withRevision(next, stored.revision), gone: false };
}

function store({ resource }: WriteRequest, key: string, object: KubeObject, revision: number): Promise<StoredObject> {
  const { resourceVersion: _, ...metadata } = object.metadata;
  return resource.store.update(key, encodeObject({ ...object, metadata }), revision, { object });
}

const withRevision = (object: KubeObject, revision: number): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: String(revision) },
});

/**
 * What has a grace period is seen being deleted, even for no time: watchers get the mark before the end, as from upstream.
 * undefined: it bears the mark already.
 */
function markedAtOnce({ services }: WriteRequest, object: Readonly<KubeObject>): KubeObject | undefined {
  const marked = cloneJson(object);
  markDeleted(marked, { graceSeconds: 0, finalizers: [], nowMs: services.clock.now() });
  return sameJson(marked, object) ? undefined : marked;
}

async function admitDeletion(write: WriteRequest, object: Readonly<KubeObject>, options: DeleteOptions): Promise<void> {
  const { admission } = write.services;
  const asked = write.options ? { ...write, options: () => ({ ...options }) } : write;
  const request = admission.request(asked, "DELETE", undefined, object);
  await admission.admit(request);
  await admission.validate(request);
}

function preconditionError(
  { resource, name }: WriteRequest,
  { metadata }: Readonly<KubeObject>,
  { preconditions }: DeleteOptions,
): StatusError | undefined {
  const failed = (what: string, wanted: string, found: string | undefined, why: string) =>
    conflict(
      { group: resource.def.group, resource: resource.def.kind },
      name,
      `the ${what} in the precondition (${wanted}) does not match the ${what} in record (${found}). The object might have been ${why}`,
    );
  if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid) {
    return failed("UID", preconditions.uid, metadata.uid, "deleted and then recreated");
  }
  const wanted = preconditions?.resourceVersion;
  if (wanted !== undefined && wanted !== metadata.resourceVersion) {
    return failed("ResourceVersion", wanted, metadata.resourceVersion, "modified");
  }
  return undefined;
}
