/** The three writes: each one etcd transaction, compared on the revision that the caller has seen. */
import type { EtcdClient } from "./etcd/client.ts";
import { EtcdError, isEtcdError } from "./etcd/errors.ts";
import type { KeyValue, TxnRequest, TxnResponse } from "./etcd/messages.ts";
import type { LeasePool } from "./lease-pool.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Revisions } from "./revisions.ts";
import { spliceResourceVersion } from "./splice.ts";
import { CachedObject, ownObject, type WrittenObject } from "./stored.ts";
import {
  KeyExistsError,
  RevisionConflictError,
  type StoredObject,
  type StoreSpec,
  type WriteOptions,
} from "./types.ts";

export interface Writer {
  readonly client: EtcdClient;
  readonly leases: LeasePool;
  readonly spec: StoreSpec;
  readonly revisions: Pick<Revisions, "wrote" | "told" | "lost">;
  readonly decode: (kv: KeyValue) => StoredObject | undefined;
  /** The cache, which is told of each write before and after. */
  readonly cache: Pick<ResourceCache, "writing" | "wrote" | "known">;
}

/** What is written where; `expected` 0: nothing is there. */
interface PutPlan {
  readonly key: string;
  readonly json: Buffer;
  readonly expected: number;
  readonly options: WriteOptions | undefined;
}

/** A shape that kine understands too: no read in the else-branch. */
export async function createObject(
  writer: Writer,
  key: string,
  json: Buffer,
  options?: WriteOptions,
): Promise<StoredObject> {
  const txn = await putWithLease(writer, { key, json, expected: 0, options });
  if (!txn.succeeded) throw new KeyExistsError(`${key} exists`);
  return remember(writer, { key, json, options }, txn.revision);
}

export async function updateObject(writer: Writer, plan: PutPlan): Promise<StoredObject> {
  const txn = await putWithLease(writer, plan);
  if (!txn.succeeded) throw conflict(writer, plan.key, txn);
  return remember(writer, plan, txn.revision);
}

/** `last`: the state at `expected`, which is what gets deleted. */
export async function deleteObject(writer: Writer, last: StoredObject, options?: WriteOptions): Promise<StoredObject> {
  const { key, revision } = last;
  const request: TxnRequest = {
    compare: [{ key, modRevision: revision }],
    success: [{ deleteKey: key }],
    failure: [{ range: { key } }],
  };
  const txn = await send(writer, "delete", request, options);
  if (!txn.succeeded) throw conflict(writer, key, txn);
  return new CachedObject(key, txn.revision, spliceResourceVersion(last.bytes, txn.revision), writer.spec);
}

async function putWithLease(writer: Writer, plan: PutPlan): Promise<TxnResponse> {
  const written = writtenObject(plan);
  using _inFlight = written && writer.cache.writing(plan.key, written);
  const ttlSeconds = plan.options?.ttlSeconds;
  if (!ttlSeconds) return await put(writer, plan, undefined);
  try {
    return await put(writer, plan, await writer.leases.leaseFor(ttlSeconds));
  } catch (error) {
    // etcd refuses a write with an unknown lease before it applies anything: safe to send again, once.
    if (!isEtcdError(error, "leaseNotFound")) throw error;
    writer.leases.forget(ttlSeconds);
    return await put(writer, plan, await writer.leases.leaseFor(ttlSeconds));
  }
}

function writtenObject({ json, options }: Pick<PutPlan, "json" | "options">): WrittenObject | undefined {
  return options?.object && { json, object: options.object, fields: options.fields };
}

function put(writer: Writer, plan: PutPlan, lease: bigint | undefined): Promise<TxnResponse> {
  const { key, json, expected, options } = plan;
  const request: TxnRequest = {
    compare: [{ key, modRevision: expected }],
    success: [{ put: { key, value: json, ...(lease === undefined ? {} : { lease }) } }],
    failure: expected === 0 ? [] : [{ range: { key } }],
  };
  return send(writer, expected === 0 ? "create" : "update", request, options);
}

/** What etcd answers is noted before anybody is told of it. */
async function send(
  { client, revisions }: Writer,
  operation: string,
  request: TxnRequest,
  options: WriteOptions | undefined,
): Promise<TxnResponse> {
  try {
    const txn = await client.txn(operation, request, options?.signal);
    if (txn.succeeded) revisions.wrote(txn.revision);
    else revisions.told(txn.revision);
    return txn;
  } catch (error) {
    if (!(error instanceof EtcdError) || error.maybeApplied) revisions.lost();
    throw error;
  }
}

function conflict(writer: Writer, key: string, txn: TxnResponse): RevisionConflictError {
  const found = txn.ranges[0]?.kvs[0];
  return new RevisionConflictError(key, found && writer.decode(found));
}

function remember(
  { spec, cache }: Writer,
  { key, json, options }: Pick<PutPlan, "key" | "json" | "options">,
  revision: number,
): StoredObject {
  const known = cache.known(key, revision);
  if (known) return known;
  const written = writtenObject({ json, options });
  if (written) return cache.wrote(ownObject(key, revision, written, spec));
  const object = new CachedObject(key, revision, spliceResourceVersion(json, revision), spec);
  if (spec.indexed.length > 0) object.extract();
  return cache.wrote(object);
}
