/** A list as a protobuf message, from messages that are already encoded: `{1: ListMeta, 2: items}` for every kind. */
import type { ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeEnvelope, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";

const metadataTag = 0x0a;
const itemTag = 0x12;

export function encodeProtobufList(
  identity: { readonly apiVersion: string; readonly kind: string },
  metadata: ListMeta,
  items: readonly Buffer[],
): Buffer {
  const meta = encodeMessage(metadata as unknown as KubeObject, "meta/v1.ListMeta");
  const parts: Buffer[] = [lengthPrefix(metadataTag, meta.length), meta];
  for (const item of items) parts.push(lengthPrefix(itemTag, item.length), item);
  return encodeEnvelope(identity, Buffer.concat(parts));
}

function lengthPrefix(tag: number, length: number): Buffer {
  const bytes = [tag];
  let rest = length;
  while (rest > 0x7f) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
