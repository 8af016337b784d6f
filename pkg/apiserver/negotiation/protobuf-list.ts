/**
 * A list as a protobuf message, from messages that are already encoded: `{1: ListMeta, 2: items}` for every kind but one,
 * the older PartialObjectMetadataList, which is `{1: items, 2: ListMeta}`.
 */
import type { ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { encodeEnvelope, encodeMessage } from "#pkg/apimachinery/protobuf/index.ts";

const firstTag = 0x0a;
const secondTag = 0x12;
const isSwapped = ({ apiVersion, kind }: Identity): boolean =>
  apiVersion === "meta.k8s.io/v1beta1" && kind === "PartialObjectMetadataList";

interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
}

export function encodeProtobufList(identity: Identity, metadata: ListMeta, items: readonly Buffer[]): Buffer {
  const meta = encodeMessage(metadata as unknown as KubeObject, "meta/v1.ListMeta");
  const swapped = isSwapped(identity);
  const parts: Buffer[] = [];
  const itemTag = swapped ? firstTag : secondTag;
  for (const item of items) parts.push(lengthPrefix(itemTag, item.length), item);
  const head = [lengthPrefix(swapped ? secondTag : firstTag, meta.length), meta];
  return encodeEnvelope(identity, Buffer.concat(swapped ? [...parts, ...head] : [...head, ...parts]));
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
