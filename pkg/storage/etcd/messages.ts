/**
 * etcd's v3 messages, as far as an API server speaks them. Field numbers: etcd's rpc.proto and kv.proto (shipped with
 * the etcd3 package). Hand-written, because generic decoders copy or keep every field, and this is the hottest path.
 */
import { MessageReader, MessageWriter } from "./wire.ts";

/** `value` is a view into the network buffer: copy it to keep it. */
export interface KeyValue {
  readonly key: string;
  readonly value: Buffer;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Writes since the key was created; 1 after creation. */
  readonly version: number;
  readonly lease: bigint;
}

export interface RangeRequest {
  readonly key: string;
  /** Exclusive. Absent: only `key`. */
  readonly rangeEnd?: string | Buffer;
  readonly limit?: number;
  readonly revision?: number;
  readonly serializable?: boolean;
  readonly keysOnly?: boolean;
  readonly countOnly?: boolean;
}

export interface RangeResponse {
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  readonly more: boolean;
  /** Keys in the whole range, not only in this page. */
  readonly count: number;
}

export interface PutRequest {
  readonly key: string;
  readonly value: Buffer;
  readonly lease?: bigint;
}

export type Operation =
  | { readonly range: RangeRequest }
  | { readonly put: PutRequest }
  | { readonly deleteKey: string };

/** The key's modification revision, or its version, is exactly this. */
export type Compare =
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly version: number };

export interface TxnRequest {
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly Operation[];
}

export interface TxnResponse {
  readonly revision: number;
  readonly succeeded: boolean;
  /** What the range operations of the branch taken found, in order. */
  readonly ranges: readonly RangeResponse[];
}

export interface WatchEvent {
  readonly deleted: boolean;
  readonly kv: KeyValue;
}

export interface WatchResponse {
  readonly revision: number;
  readonly watchId: number;
  readonly created: boolean;
  readonly canceled: boolean;
  /** Non-zero: the start revision is compacted, and this is the oldest one left. */
  readonly compactRevision: number;
  readonly cancelReason: string;
  /** More messages of the same response follow. */
  readonly fragment: boolean;
  readonly events: readonly WatchEvent[];
}

const rangeMessage = (r: RangeRequest): MessageWriter =>
  new MessageWriter()
    .bytes(1, r.key)
    .bytes(2, r.rangeEnd)
    .int(3, r.limit)
    .int(4, r.revision)
    .int(7, r.serializable)
    .int(8, r.keysOnly)
    .int(9, r.countOnly);

export const encodeRange = (request: RangeRequest): Buffer => rangeMessage(request).join();

function operationMessage(operation: Operation): MessageWriter {
  const message = new MessageWriter();
  if ("range" in operation) return message.message(1, rangeMessage(operation.range));
  if ("put" in operation) {
    const { key, value, lease } = operation.put;
    return message.message(2, new MessageWriter().bytes(1, key).bytes(2, value).int(3, lease));
  }
  return message.message(3, new MessageWriter().bytes(1, operation.deleteKey));
}

function compareMessage(compare: Compare): MessageWriter {
  const message = new MessageWriter();
  if ("modRevision" in compare) return message.int(2, 2).bytes(3, compare.key).presentInt(6, compare.modRevision);
  return message.bytes(3, compare.key).presentInt(4, compare.version);
}

export function encodeTxn(request: TxnRequest): Buffer {
  const message = new MessageWriter();
  for (const compare of request.compare) message.message(1, compareMessage(compare));
  for (const operation of request.success) message.message(2, operationMessage(operation));
  for (const operation of request.failure) message.message(3, operationMessage(operation));
  return message.join();
}

export const encodeLeaseGrant = (ttlSeconds: number): Buffer => new MessageWriter().int(1, ttlSeconds).join();

export const encodeCompaction = (revision: number): Buffer => new MessageWriter().int(1, revision).join();

export const encodeEmpty = (): Buffer => Buffer.alloc(0);

export interface WatchCreate {
  readonly key: string;
  readonly rangeEnd?: string | Buffer;
  readonly startRevision: number;
}

export const encodeWatchCreate = ({ key, rangeEnd, startRevision }: WatchCreate): Buffer =>
  new MessageWriter()
    .message(1, new MessageWriter().bytes(1, key).bytes(2, rangeEnd).int(3, startRevision).int(4, true).int(8, true))
    .join();

export const encodeWatchProgress = (): Buffer => new MessageWriter().message(3, new MessageWriter()).join();

function readRevision(header: MessageReader): number {
  let revision = 0;
  for (let field = header.next(); field !== 0; field = header.next()) {
    if (field === 3) revision = header.int();
    else header.skip();
  }
  return revision;
}

const noBytes = Buffer.alloc(0);

function readKeyValue(reader: MessageReader): KeyValue {
  let key = "";
  let value: Buffer = noBytes;
  let createRevision = 0;
  let modRevision = 0;
  let version = 0;
  let lease = 0n;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) key = reader.string();
    else if (field === 2) createRevision = reader.int();
    else if (field === 3) modRevision = reader.int();
    else if (field === 4) version = reader.int();
    else if (field === 5) value = reader.bytes();
    else if (field === 6) lease = reader.bigint();
    else reader.skip();
  }
  return { key, value, createRevision, modRevision, version, lease };
}

function readRange(reader: MessageReader): RangeResponse {
  const kvs: KeyValue[] = [];
  let revision = 0;
  let more = false;
  let count = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) revision = readRevision(reader.message());
    else if (field === 2) kvs.push(readKeyValue(reader.message()));
    else if (field === 3) more = reader.int() !== 0;
    else if (field === 4) count = reader.int();
    else reader.skip();
  }
  return { revision, kvs, more, count };
}

export const decodeRange = (buffer: Buffer): RangeResponse => readRange(new MessageReader(buffer));

export function decodeTxn(buffer: Buffer): TxnResponse {
  const reader = new MessageReader(buffer);
  const ranges: RangeResponse[] = [];
  let revision = 0;
  let succeeded = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) revision = readRevision(reader.message());
    else if (field === 2) succeeded = reader.int() !== 0;
    else if (field === 3) {
      const response = reader.message();
      for (let kind = response.next(); kind !== 0; kind = response.next()) {
        if (kind === 1) ranges.push(readRange(response.message()));
        else response.skip();
      }
    } else reader.skip();
  }
  return { revision, succeeded, ranges };
}

function readEvent(reader: MessageReader): WatchEvent {
  let deleted = false;
  let kv: KeyValue | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) deleted = reader.int() === 1;
    else if (field === 2) kv = readKeyValue(reader.message());
    else reader.skip();
  }
  if (!kv) throw new Error("an etcd event came without its key");
  return { deleted, kv };
}

export function decodeWatch(buffer: Buffer): WatchResponse {
  const reader = new MessageReader(buffer);
  const events: WatchEvent[] = [];
  const flags = { revision: 0, watchId: 0, created: false, canceled: false, compactRevision: 0, fragment: false };
  let cancelReason = "";
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) flags.revision = readRevision(reader.message());
    else if (field === 2) flags.watchId = Number(reader.bigint());
    else if (field === 3) flags.created = reader.int() !== 0;
    else if (field === 4) flags.canceled = reader.int() !== 0;
    else if (field === 5) flags.compactRevision = reader.int();
    else if (field === 6) cancelReason = reader.string();
    else if (field === 7) flags.fragment = reader.int() !== 0;
    else if (field === 11) events.push(readEvent(reader.message()));
    else reader.skip();
  }
  return { ...flags, cancelReason, events };
}

export function decodeLeaseGrant(buffer: Buffer): { id: bigint; ttlSeconds: number } {
  const reader = new MessageReader(buffer);
  let id = 0n;
  let ttlSeconds = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) id = reader.bigint();
    else if (field === 3) ttlSeconds = reader.int();
    else reader.skip();
  }
  return { id, ttlSeconds };
}

export interface StatusResponse {
  /** etcd's version, `3.4.23`. */
  readonly version: string;
  /** Size of the database file in bytes. */
  readonly dbSizeBytes: number;
}

export function decodeStatus(buffer: Buffer): StatusResponse {
  const reader = new MessageReader(buffer);
  let version = "";
  let dbSizeBytes = 0;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) version = reader.string();
    else if (field === 3) dbSizeBytes = reader.int();
    else reader.skip();
  }
  return { version, dbSizeBytes };
}

/** The end of the range of all keys that start with `prefix`. Keys are ASCII at their last byte. */
export function prefixEnd(prefix: string): string {
  return prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1);
}
