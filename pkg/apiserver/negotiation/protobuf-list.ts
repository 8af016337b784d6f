/**
 * A list as a protobuf message, from messages of its items: `{1: ListMeta, 2: items}` for every kind but one, the older
 * PartialObjectMetadataList, which is `{1: items, 2: ListMeta}`.
 */
import type { ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeMessage, envelopeAround, fieldHead } from "#pkg/apimachinery/protobuf/index.ts";
import { Stretch } from "#pkg/apimachinery/stretch.ts";

interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
}

const isSwapped = ({ apiVersion, kind }: Identity): boolean =>
  apiVersion === "meta.k8s.io/v1beta1" && kind === "PartialObjectMetadataList";

export interface ProtobufList {
  readonly identity: Identity;
  readonly metadata: ListMeta;
  /** How many items there are. */
  readonly count: number;
  /** How long the message of one of them is. */
  bytesOf(at: number): number;
  message(at: number): Buffer;
}

/** The list of messages that are all at hand. */
export function encodeProtobufList(identity: Identity, metadata: ListMeta, messages: readonly Buffer[]): Buffer {
  const message = (at: number): Buffer => messages[at] as Buffer;
  const list = { identity, metadata, count: messages.length, message, bytesOf: (at: number) => message(at).length };
  const bytes = messages.reduce((sum, { length }) => sum + itemBytes(length), 0);
  return Buffer.concat([...protobufListPieces(list, bytes)]);
}

const itemBytes = (length: number): number => fieldHead(1, length).length + length;

/**
 * What all items take in the list, bytes: a message begins with its length. Others get their turns meanwhile. Undefined:
 * nobody waits for it any more.
 */
export async function itemBytesOf(list: ProtobufList, signal: AbortSignal): Promise<number | undefined> {
  let bytes = 0;
  const stretch = new Stretch();
  for (let at = 0; at < list.count; at++) {
    bytes += itemBytes(list.bytesOf(at));
    if (stretch.isOver) await stretch.giveWay();
    if (signal.aborted) return undefined;
  }
  return bytes;
}

/** `allBytes`: what `itemBytesOf` found. */
export function* protobufListPieces(list: ProtobufList, allBytes: number): Generator<Buffer, void, void> {
  const swapped = isSwapped(list.identity);
  const message = encodeMessage(list.metadata as unknown as KubeObject, "meta/v1.ListMeta");
  const metadata = Buffer.concat([fieldHead(swapped ? 2 : 1, message.length), message]);
  const { head, tail } = envelopeAround(list.identity, metadata.length + allBytes);
  yield head;
  if (!swapped) yield metadata;
  for (let at = 0; at < list.count; at++) {
    const item = list.message(at);
    yield fieldHead(swapped ? 1 : 2, item.length);
    yield item;
  }
  if (swapped) yield metadata;
  yield tail;
}
